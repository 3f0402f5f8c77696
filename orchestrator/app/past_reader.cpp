// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/past_reader.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "common/base/file.hpp"
#include "common/kube/path.hpp"
#include "orchestrator/history/past_queries.hpp"

namespace kernwise::orchestrator {
namespace {

bool is_too_large(const Error& error) {
  return error.code == boost::system::errc::message_size;
}

/// What is wrong with the answer to one question; `ok` and its samples when nothing is.
PastReading taken(const Result<http::Response>& answer, std::vector<view::PastSample>& into) {
  if (!answer) {
    return {.result = is_too_large(answer.error()) ? "too_large" : "unreachable",
            .problem = answer.error().message()};
  }
  if (answer->status != 200) {
    return {.result = "refused", .problem = "status " + std::to_string(answer->status)};
  }
  auto read = history::read_past_answer(answer->body);
  if (!read) {
    return {.result = is_too_large(read.error()) ? "too_large" : "unusable",
            .problem = read.error().message()};
  }
  into = std::move(read->samples);
  return {.skipped = read->skipped};
}

}  // namespace

/// One look. Its owner may be gone before it ends.
class PastReader::Look : public std::enable_shared_from_this<Look> {
 public:
  Look(PastReader& owner, Done done) : owner_(&owner), done_(std::move(done)) {}

  void ask(std::size_t past) {
    http::ClientRequest request{.target = "/api/v1/query?query=" + question(past),
                                .headers = {{"Accept", "application/json"}}};
    if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
    owner_->client_.send(std::move(request),
                         [self = shared_from_this(), past](const Result<http::Response>& answer) {
                           self->take(past, answer);
                         });
  }

  void begin() {
    if (owner_->options_.token_file.empty()) return ask(0);
    auto token = read_token(owner_->options_.token_file);
    if (!token) return finish({.result = "token", .problem = token.error().message()});
    token_ = *std::move(token);
    ask(0);
  }

  void forget_owner() { owner_ = nullptr; }

 private:
  [[nodiscard]] std::string question(std::size_t past) const {
    return kube::percent_encode(
        history::past_query(static_cast<view::Past>(past), owner_->options_.range));
  }

  void take(std::size_t past, const Result<http::Response>& answer) {
    if (owner_ == nullptr) return;
    PastReading reading = taken(answer, samples_[past]);
    if (reading.result != "ok") return finish(std::move(reading));
    skipped_ += reading.skipped;
    if (past + 1 < view::kPasts) return ask(past + 1);
    finish({.profiles = view::past_profiles(samples_), .skipped = skipped_});
  }

  void finish(PastReading reading) {
    const auto self = std::exchange(owner_->look_, nullptr);
    done_(std::move(reading));
  }

  PastReader* owner_;
  Done done_;
  std::string token_;
  view::PastSamples samples_;
  std::size_t skipped_ = 0;
};

PastReader::PastReader(boost::asio::io_context& io, Options options)
    : options_(std::move(options)),
      client_(io, options_.url,
              {.timeout = options_.patience, .response_bytes = history::kMostPastBytes},
              options_.tls) {}

PastReader::~PastReader() {
  if (look_) look_->forget_owner();
}

void PastReader::read(Done done) {
  if (look_) return;
  look_ = std::make_shared<Look>(*this, std::move(done));
  look_->begin();
}

}  // namespace kernwise::orchestrator
