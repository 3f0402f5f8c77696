// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/flames.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <list>
#include <optional>
#include <utility>

#include "profiler/app/flame_recording.hpp"
#include "profiler/export/display.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::uint64_t kTickNs = 1'000'000'000ULL / 99;
constexpr int kMaxSeconds = 60;
constexpr std::chrono::milliseconds kTurn{50};
constexpr std::chrono::milliseconds kNamesTurn{5};
constexpr std::chrono::seconds kNamesPatience{5};

struct Wanted {
  std::string pod, uid;
  StackKind kind = StackKind::cpu;
  std::chrono::seconds length{10};
  bool packed = false;
};

/// What a request asks for, or the answer to a bad one.
struct Parsed {
  Wanted wanted;
  std::optional<http::Response> refusal;
};

std::optional<int> seconds_of(const std::string& text) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || seconds < 1 || seconds > kMaxSeconds) return std::nullopt;
  return seconds;
}

Parsed parse(const http::Request& request) {
  Parsed parsed;
  const auto refuse = [&parsed](const char* why, const char* field) {
    parsed.refusal = http::error_response(400, why, field);
    return parsed;
  };
  auto& wanted = parsed.wanted;
  wanted.pod = request.parameter("pod");
  wanted.uid = request.parameter("uid");
  if (wanted.pod.empty() == wanted.uid.empty()) {
    return refuse("name one pod, by pod=NAMESPACE/NAME or by uid", "pod");
  }
  const auto type = request.parameter("type");
  if (!type.empty() && type != "cpu" && type != "offcpu") return refuse("cpu or offcpu", "type");
  wanted.kind = type == "offcpu" ? StackKind::off_cpu : StackKind::cpu;
  const auto format = request.parameter("format");
  if (!format.empty() && format != "folded" && format != "pprof") {
    return refuse("folded or pprof", "format");
  }
  wanted.packed = format == "pprof";
  if (const auto text = request.parameter("seconds"); !text.empty()) {
    const auto seconds = seconds_of(text);
    if (!seconds) return refuse("a whole number from 1 to 60", "seconds");
    wanted.length = std::chrono::seconds(*seconds);
  }
  return parsed;
}

http::Response answer_with(const StackProfile& profile, bool packed) {
  if (!packed) return http::text_response(200, folded(profile));
  auto bytes = pprof(profile);
  if (!bytes) return http::error_response(500, bytes.error().message());
  return {.status = 200, .content_type = "application/octet-stream", .body = std::move(*bytes)};
}

}  // namespace

class Flames::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, kernel::StackSource* source, symbols::Resolver& resolver,
       FindPod find)
      : source_(source), resolver_(resolver), find_(std::move(find)), timer_(io) {}

  void handle(const http::Request& request, http::Respond respond) {
    auto [wanted, refusal] = parse(request);
    if (refusal) return respond(std::move(*refusal));
    if (!source_) return respond(http::error_response(503, "no stacks are taken on this node"));
    auto containers = find_(wanted.pod, wanted.uid);
    if (containers.empty()) return respond(http::error_response(404, "no such pod here", "pod"));
    if (open_.size() >= kMaxAtOnce) {
      return respond(http::error_response(503, "too many recordings at once"));
    }
    FlameRecording recording(resolver_, wanted.kind, std::move(containers),
                             wanted.kind == StackKind::cpu ? kTickNs : 0);
    if (overlaps(recording)) {
      return respond(http::error_response(409, "this pod is being recorded already", "pod"));
    }
    if (auto begun = source_->begin(recording.slots(), what(recording)); !begun) {
      return respond(http::error_response(503, begun.error().message()));
    }
    const auto now = Monotonic::now();
    open_.push_back({std::move(recording), std::move(respond), now, now + wanted.length,
                     std::chrono::system_clock::now(), wanted.packed, false});
    if (open_.size() == 1) schedule();
  }

  void stop() {
    timer_.cancel();
    for (auto& each : open_) {
      if (!each.ended) source_->end(each.recording.slots(), what(each.recording), {});
    }
    open_.clear();
  }

 private:
  struct Open {
    FlameRecording recording;
    http::Respond respond;
    MonoTime begun, until;
    WallTime started;
    bool packed = false;
    bool ended = false;  // recording is over, names are being waited for
  };

  [[nodiscard]] static kw_record_what what(const FlameRecording& recording) {
    return recording.kind() == StackKind::cpu ? KW_RECORD_CPU : KW_RECORD_WAITS;
  }

  [[nodiscard]] bool overlaps(const FlameRecording& recording) const {
    const auto slots = recording.slots();
    return std::ranges::any_of(open_, [&](const Open& each) {
      if (each.ended || each.recording.kind() != recording.kind()) return false;
      return std::ranges::any_of(each.recording.slots(),
                                 [&](std::uint32_t slot) { return slots.contains(slot); });
    });
  }

  void take(const kw_stack& stack) {
    for (auto& each : open_) {
      if (!each.ended) each.recording.add(stack);
    }
  }

  void schedule() {
    timer_.expires_after(kTurn);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->turn(Monotonic::now());
    });
  }

  void turn(MonoTime now) {
    source_->drain([this](const kw_stack& stack) { take(stack); });
    for (auto& each : open_) {
      if (!each.ended && now >= each.until) end(each);
    }
    resolver_.wait(kNamesTurn);
    for (auto each = open_.begin(); each != open_.end();) {
      const bool named = each->ended && !resolver_.busy();
      const bool late = each->ended && now >= each->until + kNamesPatience;
      if (named || late) {
        answer(*each);
        each = open_.erase(each);
      } else {
        ++each;
      }
    }
    if (!open_.empty()) schedule();
  }

  void end(Open& open) {
    const auto slots = open.recording.slots();
    source_->end(slots, what(open.recording), [this](const kw_stack& stack) { take(stack); });
    for (const auto slot : slots) open.recording.lose(slot, source_->lost(slot));
    open.recording.want_names();
    open.ended = true;
  }

  static void answer(Open& open) {
    auto profile = open.recording.profile();
    profile.started_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(open.started.time_since_epoch())
            .count();
    profile.duration_ns = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(open.until - open.begun).count());
    open.respond(answer_with(profile, open.packed));
  }

  kernel::StackSource* source_;
  symbols::Resolver& resolver_;
  FindPod find_;
  boost::asio::steady_timer timer_;
  std::list<Open> open_;
};

Flames::Flames(boost::asio::io_context& io, kernel::StackSource* source,
               symbols::Resolver& resolver, FindPod find)
    : impl_(std::make_shared<Impl>(io, source, resolver, std::move(find))) {}

Flames::~Flames() {
  impl_->stop();
}

http::Route Flames::route() {
  return {.method = "GET",
          .path = "/v1/flame",
          .handler = [impl = impl_](const http::Request& request, http::Respond respond) {
            impl->handle(request, std::move(respond));
          }};
}

std::map<std::uint32_t, std::string> slots_of_pod(const ContainerTable& table, Naming& naming,
                                                  MonoTime now, const std::string& pod,
                                                  const std::string& uid) {
  std::map<std::uint32_t, std::string> found;
  for (const auto& [slot, tracked] : table.containers()) {
    if (tracked.excluded || tracked.gone_at_window) continue;
    report::Container container;
    container.path = tracked.path;
    if (tracked.identity) {
      container.pod_uid = tracked.identity->pod_uid;
      container.container_id = tracked.identity->container_id;
    }
    container.name = naming.name_of(tracked, now);
    const auto names = shown(container);
    const bool wanted = uid.empty() ? full_name(names) == pod : names.uid == uid;
    if (wanted) found.emplace(slot, names.container);
  }
  return found;
}

}  // namespace kernwise::profiler
