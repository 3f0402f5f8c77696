// SPDX-License-Identifier: Apache-2.0
#include <tuple>

#include "common/http/session.hpp"

namespace kernwise::http {

void Session::shake_hands() {
  phase_ = Phase::handshake;
  auto& under_way = site_->handshakes;
  // A quick client is not kept out by slow ones: the oldest has had the most time.
  if (under_way.size() >= limits().handshakes) under_way.begin()->second->crowd_out();
  handshake_ = ++site_->begun_handshakes;
  under_way.emplace(handshake_, this);
  expire_after(limits().handshake_timeout);
  stream_.secure(site_->identity->context());
  stream_.tls().async_handshake(boost::asio::ssl::stream_base::server,
                                then(&Session::on_handshake));
}

void Session::on_handshake(boost::system::error_code error, std::size_t) {
  if (phase_ != Phase::handshake) return;
  end_handshake(outcome_of(stream_.tls(), error));
  if (phase_ == Phase::closed) return;  // the observer ended the server
  if (error) return close();
  begin();
}

void Session::end_handshake(Handshake outcome) {
  site_->handshakes.erase(handshake_);
  const auto site = site_;
  const auto& observer = site->identity->options().on_handshake;
  if (observer) observer(outcome);
}

void Session::crowd_out() {
  end_handshake(Handshake::crowded_out);
  close();
}

/// Says that the answer was whole. The other side's farewell is waited for, as for its last bytes.
void Session::say_farewell() {
  stream_.tls().async_shutdown(then(&Session::on_farewell));
}

void Session::on_farewell(boost::system::error_code, std::size_t) {
  discard();
}

}  // namespace kernwise::http
