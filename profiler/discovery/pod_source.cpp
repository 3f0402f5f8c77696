// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/pod_source.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/base/file.hpp"
#include "common/base/log.hpp"

namespace kernwise::discovery {
namespace {

using std::chrono::milliseconds;

constexpr int kGone = 410;
constexpr milliseconds kFirstBackoff{500};
constexpr int kWatchSeconds = 240;  // the server ends a watch by then
constexpr milliseconds kWatchSilence{270'000};
constexpr std::size_t kMaxLine = 4UL * 1024 * 1024;
constexpr std::size_t kMaxToken = 64UL * 1024;

/// As the API server names nodes: DNS labels.
bool is_node_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

std::string why(const http::Response& answer) {
  std::string reason = "status " + std::to_string(answer.status);
  if (answer.status == 401) reason += ": the token is not accepted";
  if (answer.status == 403) reason += ": the service account may not do this";
  return reason;
}

}  // namespace

class PodSource::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, PodSourceOptions options, PodBook& book)
      : options_(std::move(options)),
        book_(book),
        random_(options_.jitter_seed),
        timer_(io),
        client_(io, options_.origin,
                {.timeout = options_.watch ? kWatchSilence : milliseconds(10'000)}, options_.tls) {}

  void list() {
    auto request = request_for(list_target());
    if (!request) return failed(request.error().message());
    client_.send(std::move(*request), [self = weak_from_this()](Result<http::Response> answer) {
      if (const auto impl = self.lock()) impl->listed(std::move(answer));
    });
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  [[nodiscard]] std::string list_target() const {
    if (!options_.watch) return "/pods";
    // Version 0: what the server has in its cache, without a read of etcd for every node.
    return pods_target() + "&resourceVersion=0";
  }
  [[nodiscard]] std::string pods_target() const {
    return "/api/v1/pods?fieldSelector=spec.nodeName%3D" + options_.node;
  }

  [[nodiscard]] Result<http::ClientRequest> request_for(std::string target) const {
    http::ClientRequest request{.target = std::move(target)};
    request.headers = {{"Accept", "application/json"}};
    if (options_.token_file.empty()) return request;
    auto token = read_file(options_.token_file, kMaxToken);
    if (!token) return wrap(token.error(), "token file");
    while (!token->empty() && (token->back() == '\n' || token->back() == ' ')) token->pop_back();
    request.headers.emplace_back("Authorization", "Bearer " + *token);
    return request;
  }

  void listed(Result<http::Response> answer) {
    if (stopped_) return;
    if (!answer) return failed(answer.error().message());
    if (answer->status != 200) return failed(why(*answer));
    auto list = parse_pod_list(answer->body);
    if (!list) return failed(list.error().message());
    book_.replace(std::move(list->pods), Monotonic::now());
    succeeded();
    if (!options_.watch) return again_after(options_.interval, &Impl::list);
    version_ = list->resource_version;
    watch();
  }

  void watch() {
    auto request = request_for(pods_target() + "&watch=1&allowWatchBookmarks=true&timeoutSeconds=" +
                               std::to_string(kWatchSeconds) + "&resourceVersion=" + version_);
    if (!request) return failed(request.error().message());
    line_.clear();
    broken_.clear();
    request->on_data = [self = weak_from_this()](const std::string& piece) {
      if (const auto impl = self.lock()) impl->received(piece);
    };
    client_.send(std::move(*request), [self = weak_from_this()](Result<http::Response> answer) {
      if (const auto impl = self.lock()) impl->watch_ended(std::move(answer));
    });
  }

  void received(const std::string& piece) {
    line_ += piece;
    std::size_t begin = 0;
    for (auto end = line_.find('\n'); end != std::string::npos; end = line_.find('\n', begin)) {
      if (end > begin) take(std::string_view(line_).substr(begin, end - begin));
      begin = end + 1;
    }
    line_.erase(0, begin);
    if (line_.size() <= kMaxLine) return;
    broken_ = "watch event over " + std::to_string(kMaxLine) + " bytes";
    line_.clear();
  }

  void take(std::string_view line) {
    auto event = parse_pod_event(line);
    if (!event) {
      broken_ = event.error().message();
      return;
    }
    const auto now = Monotonic::now();
    switch (event->kind) {
      case PodEvent::Kind::added:
      case PodEvent::Kind::modified:
        book_.put(std::move(event->pod), now);
        break;
      case PodEvent::Kind::deleted:
        book_.remove(event->pod.uid, now);
        break;
      case PodEvent::Kind::bookmark:
        break;
      case PodEvent::Kind::error:
        broken_ = "watch error " + std::to_string(event->code);
        return;
    }
    if (!event->resource_version.empty()) version_ = event->resource_version;
    succeeded();
  }

  /// The usual end is the server's: on with the next watch where this one stopped. After anything
  /// that may have lost an event everything is listed anew.
  void watch_ended(Result<http::Response> answer) {
    if (stopped_) return;
    if (answer && answer->status == 200 && broken_.empty()) {
      return again_after(jittered(kFirstBackoff), &Impl::watch);
    }
    if (answer && answer->status == kGone) return again_after(jittered(kFirstBackoff), &Impl::list);
    failed(!broken_.empty() ? broken_ : answer ? why(*answer) : answer.error().message());
  }

  void succeeded() {
    if (!problem_.empty()) log::info("Names of pods are kept up again");
    problem_.clear();
    failures_ = 0;
  }

  void failed(const std::string& reason) {
    if (stopped_) return;
    const std::string whom = options_.watch ? "API server" : "kubelet";
    if (problem_.empty()) {
      log::warn("Names of pods are not kept up", {{"source", whom}, {"reason", reason}});
    }
    problem_ = "discovery: " + whom + ": " + reason;
    const auto ceiling = std::min<milliseconds>(kFirstBackoff * (1LL << std::min(failures_, 10U)),
                                                options_.last_backoff);
    ++failures_;
    again_after(jittered(ceiling), &Impl::list);
  }

  milliseconds jittered(milliseconds ceiling) {
    return milliseconds(std::uniform_int_distribution<long long>(0, ceiling.count())(random_));
  }

  void again_after(milliseconds delay, void (Impl::*step)()) {
    timer_.expires_after(delay);
    timer_.async_wait([self = weak_from_this(), step](const boost::system::error_code& error) {
      const auto impl = self.lock();
      if (impl && !error && !impl->stopped_) ((*impl).*step)();
    });
  }

  PodSourceOptions options_;
  PodBook& book_;
  std::mt19937_64 random_;
  boost::asio::steady_timer timer_;
  http::Client client_;
  std::string version_, line_, broken_, problem_;
  unsigned failures_ = 0;
  bool stopped_ = false;
};

PodSource::PodSource(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
PodSource::~PodSource() {
  impl_->stop();
}

Result<std::unique_ptr<PodSource>> PodSource::start(boost::asio::io_context& io,
                                                    PodSourceOptions options, PodBook& book) {
  if (options.watch && !is_node_name(options.node)) {
    return invalid("node: not the name of a Kubernetes node");
  }
  std::unique_ptr<PodSource> source(
      new PodSource(std::make_shared<Impl>(io, std::move(options), book)));
  source->impl_->list();
  return source;
}

const std::string& PodSource::problem() const {
  return impl_->problem();
}

}  // namespace kernwise::discovery
