// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/front.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

namespace kernwise::test {
namespace {

constexpr std::size_t kMaxSeen = 100'000;

std::string verb_of(const Resources& resources, const Call& call) {
  if (call.is_watch()) return "watch";
  if (call.method == "POST") return "create";
  if (call.method == "PUT") return "update";
  if (call.method == "PATCH") return "patch";
  if (call.method == "DELETE") return "delete";
  const auto target = parse_target(resources, call.path);
  return target && target->name.empty() ? "list" : "get";
}

}  // namespace

std::string Seen::parameter(std::string_view name) const {
  return Call{.query = query}.parameter(name);
}

/// One watch on its way to a client, with at most one fault.
class ApiFront::Stream final : public WatchSink {
 public:
  Stream(std::shared_ptr<Outlet> outlet, std::optional<Fault> fault)
      : outlet_(std::move(outlet)), fault_(std::move(fault)) {}

  std::uint64_t id = 0;
  bool over = false;  ///< nothing more is sent; the owner takes it away

  void event(const std::string& line) override {
    if (over) return;
    if (index_ == 0) first_ = line;
    const bool hit = fault_ && index_ >= fault_->at;
    ++index_;
    if (!hit) return outlet_->line(line);
    strike(line);
  }
  void end() override {
    if (over) return;
    over = true;
    outlet_->end_stream();
  }
  void cut() {
    if (!std::exchange(over, true)) outlet_->cut();
  }

 private:
  using Kind = Fault::Kind;

  void strike(const std::string& line) {
    switch (fault_->kind) {
      case Kind::mute:
        return;
      case Kind::cut:
        return cut();
      case Kind::close:
        return end();
      case Kind::tear_line:
        outlet_->bytes(line.substr(0, line.size() / 2));
        return cut();
      case Kind::expire:
        outlet_->line(gone_line());
        return end();
      case Kind::swap:
        return swap(line);
      default:
        break;
    }
    const auto fault = *std::exchange(fault_, std::nullopt);
    if (fault.kind == Kind::garbage) outlet_->line(fault.text);
    outlet_->line(line);
    if (fault.kind == Kind::repeat) outlet_->line(line);
    if (fault.kind == Kind::older) outlet_->line(first_);
  }
  void swap(const std::string& line) {
    if (!kept_) {
      kept_ = line;
      return;
    }
    outlet_->line(line);
    outlet_->line(*kept_);
    fault_.reset();
  }
  [[nodiscard]] static std::string gone_line() {
    return to_text(boost::json::object{
        {"type", "ERROR"}, {"object", expired("too old resource version: 1 (2)").body}});
  }

  std::shared_ptr<Outlet> outlet_;
  std::optional<Fault> fault_;
  std::size_t index_ = 0;
  std::string first_;
  std::optional<std::string> kept_;
};

ApiFront::ApiFront(FakeApi::Clock now) : api_(std::move(now)) {}
ApiFront::~ApiFront() = default;

std::optional<Fault> ApiFront::strike(const std::string& verb, const std::string& path) {
  for (auto& fault : faults_) {
    const bool meant = (fault.verb.empty() || fault.verb == verb) &&
                       path.find(fault.path) != std::string::npos && fault.times != 0;
    if (!meant) continue;
    if (fault.skip != 0) {
      --fault.skip;
      continue;
    }
    --fault.times;
    return fault;
  }
  return std::nullopt;
}

void ApiFront::handle(const Call& call, const std::shared_ptr<Outlet>& outlet) {
  // A stream that its fault has ended goes now: while it ended it was still being called.
  std::erase_if(streams_, [this](const auto& each) {
    if (each.second->over) api_.close(each.second->id);
    return each.second->over;
  });
  const auto verb = verb_of(api_.resources(), call);
  if (seen_.size() < kMaxSeen) seen_.push_back({verb, call.path, call.token, call.query});
  const auto fault = strike(verb, call.path);
  if (fault && fault->kind == Fault::Kind::hold) {
    held_.push_back({call, outlet});
  } else if (fault && fault->kind == Fault::Kind::answer) {
    outlet->answer(fault->reply);
  } else {
    serve(call, outlet, fault);
  }
}

void ApiFront::serve(const Call& call, const std::shared_ptr<Outlet>& outlet,
                     const std::optional<Fault>& fault) {
  if (call.is_watch()) return serve_watch(call, outlet, fault);
  const auto reply = api_.call(call);
  if (fault && fault->kind == Fault::Kind::lose) return outlet->cut();
  if (fault && fault->kind == Fault::Kind::tear) return outlet->torn_answer(reply, fault->at);
  outlet->answer(reply);
}

void ApiFront::serve_watch(const Call& call, const std::shared_ptr<Outlet>& outlet,
                           const std::optional<Fault>& fault) {
  // A refusal must be the first thing that goes out: events wait behind the head.
  class Ahead final : public Outlet {
   public:
    explicit Ahead(std::shared_ptr<Outlet> to) : to_(std::move(to)) {}
    void answer(const Reply& reply) override { to_->answer(reply); }
    void torn_answer(const Reply& reply, std::size_t size) override {
      to_->torn_answer(reply, size);
    }
    void begin_stream() override { begin(); }
    void line(const std::string& text) override { begin(), to_->line(text); }
    void bytes(const std::string& text) override { begin(), to_->bytes(text); }
    void end_stream() override { begin(), to_->end_stream(); }
    void cut() override { begin(), to_->cut(); }

   private:
    void begin() {
      if (!std::exchange(begun_, true)) to_->begin_stream();
    }
    std::shared_ptr<Outlet> to_;
    bool begun_ = false;
  };
  const auto ahead = std::make_shared<Ahead>(outlet);
  auto stream = std::make_unique<Stream>(ahead, fault);
  const auto watching = api_.watch(call, *stream);
  if (watching.refused) return outlet->answer(*watching.refused);
  if (!stream->over) ahead->begin_stream();
  stream->id = watching.id;
  if (stream->over) return api_.close(watching.id);
  streams_[outlet.get()] = std::move(stream);
}

void ApiFront::release() {
  for (auto& [call, outlet] : std::exchange(held_, {})) serve(call, outlet, std::nullopt);
}

void ApiFront::cut_watches() {
  for (auto& [outlet, stream] : std::exchange(streams_, {})) {
    api_.close(stream->id);
    stream->cut();
  }
}

void ApiFront::gone(const Outlet* outlet) {
  std::erase_if(held_, [&](const Waiting& each) { return each.outlet.get() == outlet; });
  const auto found = streams_.find(outlet);
  if (found == streams_.end()) return;
  api_.close(found->second->id);
  streams_.erase(found);
}

}  // namespace kernwise::test
