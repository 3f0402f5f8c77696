// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/io_context.hpp>

#include "common/http/client.hpp"

namespace kernwise::http {

Result<Response> fetch(const Url& origin, const ClientRequest& request, const ClientLimits& limits,
                       const TlsOptions& tls) {
  boost::asio::io_context io(1);
  Result<Response> answer = invalid("fetch: no answer");
  Client client(io, origin, limits, tls);
  client.send(request, [&answer](Result<Response> result) { answer = std::move(result); });
  io.run();
  return answer;
}

}  // namespace kernwise::http
