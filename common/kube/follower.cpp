// SPDX-License-Identifier: Apache-2.0
#include "common/kube/follower.hpp"

#include "common/base/log.hpp"
#include "common/base/utf8.hpp"
#include "common/kube/decode.hpp"
#include "common/kube/fields.hpp"
#include "common/kube/list_page.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxReason = 300;

/// Of the object itself; `namespace/name`, as a store has it. Empty when it has no name.
std::string key_of(const json::Value& metadata) {
  const auto name = text_of(metadata, "name");
  const auto name_space = text_of(metadata, "namespace");
  return name.empty() || name_space.empty() ? name : name_space + "/" + name;
}

bool says_too_large(const json::Value& status) {
  for (const auto& cause : member(member(status, "details"), "causes").items()) {
    if (member(cause, "reason").text() == "ResourceVersionTooLarge") return true;
  }
  return member(status, "message").text().find("Too large resource version") !=
         std::string_view::npos;
}

WatchEnd end_of(const Result<Answer>& answer) {
  if (!answer) {
    return {.answer_too_large = answer.error().code == boost::system::errc::message_size};
  }
  WatchEnd end{.status = answer->status, .retry_after = answer->retry_after};
  if (answer->status < 400) return end;
  const auto status = json::parse(answer->body, kObjectLimits);
  end.version_too_large = status && says_too_large(*status);
  return end;
}

std::string reason_of(const Result<Answer>& answer, const std::string& of) {
  const auto good = accepted(answer, of);
  if (good) return {};
  std::string reason = printable(good.error().message(), kMaxReason);
  if (answer && answer->status == 401) reason += ": the token is not accepted";
  if (answer && answer->status == 403) reason += ": the account may not do this";
  return reason;
}

bool ends_the_list(const json::Value& metadata) {
  return member(member(metadata, "annotations"), "k8s.io/initial-events-end").text() == "true";
}

}  // namespace

class Follower::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(KubeClient& client, Clock& clock, ObjectSink& sink, WatchOptions options)
      : client_(client),
        clock_(clock),
        sink_(sink),
        options_(std::move(options)),
        random_(options_.jitter_seed),
        logic_(options_.tuning,
               [this] { return std::uniform_real_distribution<double>(0, 1)(random_); }) {}

  void go_on_at(MonoTime time) {
    alarm_ = clock_.call_at(time, [self = weak_from_this()] {
      if (const auto impl = self.lock()) impl->go_on();
    });
  }

  [[nodiscard]] const WatchLogic& logic() const { return logic_; }
  [[nodiscard]] const WatchCounts& counts() const { return counts_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void go_on() {
    auto step = logic_.next(clock_.now());
    if (step.kind == WatchStep::Kind::wait) return go_on_at(step.until);
    if (!options_.field_selector.empty()) {
      step.query.emplace_back("fieldSelector", options_.field_selector);
    }
    if (!options_.label_selector.empty()) {
      step.query.emplace_back("labelSelector", options_.label_selector);
    }
    Request request{.path = path_of(options_.objects), .query = std::move(step.query)};
    step.kind == WatchStep::Kind::list ? list(std::move(request)) : watch(std::move(request));
  }

  void list(Request request) {
    if (logic_.list_begins()) seen_.clear();
    client_.send(std::move(request), [self = weak_from_this()](const Result<Answer>& answer) {
      if (const auto impl = self.lock()) impl->answered(answer);
    });
  }

  void answered(const Result<Answer>& answer) {
    if (answer) counts_.bytes += answer->body.size();
    if (!answer || answer->status != 200) {
      return list_failed(end_of(answer), reason_for(answer));
    }
    const auto head = split_list(answer->body, [this](std::string_view item) { take_item(item); });
    if (!head) return list_failed({}, options_.objects.plural + ": " + head.error().message());
    if (logic_.listed(head->version, head->more, clock_.now())) complete();
    go_on();
  }

  [[nodiscard]] std::string reason_for(const Result<Answer>& answer) const {
    return reason_of(answer, options_.objects.plural);
  }

  void list_failed(const WatchEnd& end, const std::string& reason) {
    if (logic_.list_failed(end, clock_.now())) return none_of_it();
    failed(reason);
    go_on();
  }

  void take_item(std::string_view text) {
    const auto object = json::parse(text, kObjectLimits);
    if (!object) {
      ++counts_.skipped;
      return;
    }
    const auto& metadata = member(*object, "metadata");
    put_listed(*object, key_of(metadata), text_of(metadata, "resourceVersion"));
  }

  void put_listed(const json::Value& object, const std::string& key, const std::string& version) {
    if (key.empty()) {
      ++counts_.skipped;
      return;
    }
    seen_.insert(key);
    if (version.empty() || sink_.version_of(key) != version) put(object, key);
  }

  void put(const json::Value& object, const std::string& key) {
    const bool room = sink_.size() < options_.most || !sink_.version_of(key).empty();
    if (!room || !sink_.put(object)) ++counts_.skipped;
  }

  void complete() {
    sink_.keep_only(seen_);
    seen_.clear();
    ++counts_.lists;
    succeeded();
  }

  void none_of_it() {
    stream_.reset();
    sink_.keep_only({});
    succeeded();
    go_on();
  }

  void watch(Request request) {
    ++counts_.watches;
    if (logic_.listing_by_watch()) seen_.clear();
    auto line = [self = weak_from_this()](std::string_view text) {
      if (const auto impl = self.lock()) impl->take_line(text);
    };
    auto end = [self = weak_from_this()](const Result<Answer>& answer) {
      const auto impl = self.lock();
      if (impl) impl->watch_ended(end_of(answer), impl->reason_for(answer));
    };
    stream_ = client_.watch(std::move(request), std::move(line), std::move(end));
  }

  void take_line(std::string_view text) {
    ++counts_.events;
    counts_.bytes += text.size() + 1;
    const auto event = json::parse(text, kObjectLimits);
    if (!event) {
      ++counts_.skipped;
      return;
    }
    const auto type = member(*event, "type").text();
    const auto& object = member(*event, "object");
    if (type == "ERROR") return take_error(object);
    WatchFrame frame;
    if (type == "ADDED" || type == "MODIFIED") frame.kind = WatchFrame::Kind::put;
    if (type == "DELETED") frame.kind = WatchFrame::Kind::remove;
    take_event(std::move(frame), type == "BOOKMARK", object);
  }

  void take_event(WatchFrame frame, bool is_bookmark, const json::Value& object) {
    const auto& metadata = member(object, "metadata");
    frame.key = is_bookmark ? std::string() : key_of(metadata);
    frame.version = text_of(metadata, "resourceVersion");
    const bool known = is_bookmark || frame.kind != WatchFrame::Kind::bookmark;
    if (!known || frame.version.empty() || (!is_bookmark && frame.key.empty())) {
      ++counts_.skipped;
      return;
    }
    frame.initial_end = is_bookmark && ends_the_list(metadata);
    if (!is_bookmark) frame.stored = sink_.version_of(frame.key);
    const bool listing = logic_.listing_by_watch();
    act_on(logic_.frame(frame, clock_.now()), frame, object, listing);
  }

  void act_on(const WatchVerdict& verdict, const WatchFrame& frame, const json::Value& object,
              bool listing) {
    if (verdict.apply && frame.kind == WatchFrame::Kind::remove) {
      seen_.erase(frame.key);
      sink_.remove(frame.key);
    } else if (verdict.apply && listing) {
      put_listed(object, frame.key, frame.version);
    } else if (verdict.apply) {
      put(object, frame.key);
    }
    if (verdict.complete) complete();
    if (!listing) succeeded();
    if (!verdict.stop) return;
    stream_.reset();
    go_on();
  }

  void take_error(const json::Value& status) {
    const WatchEnd end{.status = integer_of(status, "code"),
                       .version_too_large = says_too_large(status)};
    stream_.reset();
    watch_ended(end,
                options_.objects.plural + ": watch: " + text_of(status, "message", kMaxReason));
  }

  void watch_ended(const WatchEnd& end, const std::string& reason) {
    // Servers before 1.32, and some later ones, do not list by a watch; that is no failure.
    const bool fallback = logic_.listing_by_watch() && (end.status == 400 || end.status == 422);
    if (logic_.watch_ended(end, clock_.now())) return none_of_it();
    if (!reason.empty() && !fallback) failed(reason);
    go_on();
  }

  void succeeded() {
    if (problem_.empty()) return;
    log::info("Objects are kept up again", {{"objects", options_.objects.plural}});
    problem_.clear();
  }

  void failed(const std::string& reason) {
    ++counts_.restarts;
    if (problem_.empty()) {
      log::warn("Objects are not kept up", {{"reason", reason}});
    }
    problem_ = reason;
  }

  KubeClient& client_;
  Clock& clock_;
  ObjectSink& sink_;
  WatchOptions options_;
  std::mt19937_64 random_;
  WatchLogic logic_;
  WatchCounts counts_;
  std::string problem_;
  std::set<std::string, std::less<>> seen_;  ///< by the list under way
  std::unique_ptr<Alarm> alarm_;
  std::unique_ptr<Stream> stream_;
};

Follower::Follower(KubeClient& client, Clock& clock, ObjectSink& sink, WatchOptions options)
    : impl_(std::make_shared<Impl>(client, clock, sink, std::move(options))) {
  impl_->go_on_at(clock.now());
}

Follower::~Follower() = default;

bool Follower::synced() const {
  return impl_->logic().synced();
}

std::optional<Monotonic::duration> Follower::age(MonoTime now) const {
  const auto at = impl_->logic().current_at();
  return at ? std::optional(now - *at) : std::nullopt;
}

const WatchCounts& Follower::counts() const {
  return impl_->counts();
}

const std::string& Follower::problem() const {
  return impl_->problem();
}

}  // namespace kernwise::kube
