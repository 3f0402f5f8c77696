// SPDX-License-Identifier: Apache-2.0
#include "common/base/json.hpp"
#include "common/report/fields.hpp"

namespace kernwise::report {
namespace {

/// The values of the largest honest report, with room for members we do not know yet. Keeps the
/// memory of a hostile one within ten times its text.
constexpr json::Limits kLimits{.depth = 16, .bytes = kMaxReportBytes, .values = 200'000};

/// Where in the document we are. Text is made of it only for a complaint.
struct Place {
  const Place* outer = nullptr;
  std::string_view name;
  std::optional<std::size_t> index = std::nullopt;

  [[nodiscard]] std::string path() const {
    std::string path = outer != nullptr ? outer->path() : "";
    if (index) return path + "[" + std::to_string(*index) + "]";
    if (!path.empty() && !name.empty()) path += ".";
    return path + std::string(name);
  }
};

/// Reads fields into a value until the first problem; then everything else is skipped.
class Decoder {
 public:
  Decoder(const json::Value& object, const Place& place, std::optional<Error>& problem)
      : object_(object), place_(place), problem_(problem) {}

  template <class T>
  void read(T& value) {
    if (object_.kind() != json::Kind::object) {
      problem_ = json::Cursor(object_, place_.path()).error("expected an object");
      return;
    }
    fields(*this, value);
  }

  void required_text(std::string_view name, std::string& text, std::size_t max) {
    require(name, [&](const json::Cursor& at) { return store(at.string(max), text); });
    if (!problem_ && text.empty()) fail(name, "empty");
  }
  void text(std::string_view name, std::string& text, std::size_t max) {
    take(name, [&](const json::Cursor& at) { return store(at.string(max), text); });
  }
  void texts(std::string_view name, std::vector<std::string>& texts, std::size_t max) {
    each(name, texts, max, [](const json::Cursor& at, std::string& text) {
      return store(at.string(kTextBytes), text);
    });
  }
  void required_real(std::string_view name, double& value, double high) {
    require(name, [&](const json::Cursor& at) { return store(at.number(0, high), value); });
  }
  template <class Real>  // double or std::optional<double>
  void real(std::string_view name, Real& value, double high) {
    take(name, [&](const json::Cursor& at) { return store(at.number(0, high), value); });
  }
  template <class Count>
  void required_count(std::string_view name, Count& count, std::uint64_t low, std::uint64_t high) {
    require(name, [&](const json::Cursor& at) { return store(at.unsigned_integer(high), count); });
    if (!problem_ && count < low) fail(name, "out of range");
  }
  template <class Count>  // an unsigned type or an std::optional of one
  void count(std::string_view name, Count& count, std::uint64_t high) {
    take(name, [&](const json::Cursor& at) { return store(at.unsigned_integer(high), count); });
  }
  void counts(std::string_view name, std::vector<std::uint16_t>& counts, std::size_t max) {
    each(name, counts, max, [](const json::Cursor& at, std::uint16_t& count) {
      return store(at.unsigned_integer(std::numeric_limits<std::uint16_t>::max()), count);
    });
  }
  void flag(std::string_view name, bool& flag) {
    take(name, [&](const json::Cursor& at) { return store(at.boolean(), flag); });
  }
  /// A word that a later version may have added is `unknown`, which is what it is to us.
  void verdict(std::string_view name, Verdict& verdict) {
    std::string word;
    text(name, word, kWordBytes);
    verdict = verdict_named(word).value_or(Verdict::unknown);
  }
  void direction(std::string_view name, Direction& direction) {
    std::string word = "outbound";
    text(name, word, kWordBytes);
    if (!problem_ && word != "inbound" && word != "outbound") {
      fail(name, "expected inbound or outbound");
    }
    direction = word == "inbound" ? Direction::inbound : Direction::outbound;
  }
  void shares(std::string_view name, WaitShares& shares, double high) {
    const json::Value* found = problem_ ? nullptr : find(name);
    if (found == nullptr) return;
    const Place here{&place_, name};
    if (found->kind() != json::Kind::object) return fail(name, "expected an object");
    Decoder inner(*found, here, problem_);
    for (std::size_t at = 0; at < kShareCount; ++at) {
      const auto share = static_cast<Share>(at);
      inner.real(name_of(share), shares[share], high);
    }
  }
  template <class T>
  void required_object(std::string_view name, T& object) {
    if (problem_) return;
    const json::Value* found = find(name);
    if (found == nullptr) return fail(name, "missing");
    descend(*found, {&place_, name}, object);
  }
  template <class T>
  void object(std::string_view name, T& object) {
    const json::Value* found = problem_ ? nullptr : find(name);
    if (found != nullptr) descend(*found, {&place_, name}, object);
  }
  template <class T>
  void object(std::string_view name, std::optional<T>& object) {
    const json::Value* found = problem_ ? nullptr : find(name);
    if (found != nullptr) descend(*found, {&place_, name}, object.emplace());
  }
  template <class T>
  void required_list(std::string_view name, std::vector<T>& list, std::size_t max) {
    if (!problem_ && find(name) == nullptr) return fail(name, "missing");
    this->list(name, list, max);
  }
  template <class T>
  void list(std::string_view name, std::vector<T>& list, std::size_t max) {
    const json::Value* found = problem_ ? nullptr : find(name);
    if (found == nullptr || !is_list(*found, name, max)) return;
    const Place here{&place_, name};
    list.resize(found->items().size());
    for (std::size_t at = 0; at < list.size() && !problem_; ++at) {
      descend(found->items()[at], {&here, {}, at}, list[at]);
    }
  }

 private:
  /// Stores what was read, or passes on why it was not.
  template <class From, class To>
  static Result<> store(Result<From> read, To& value) {
    if (!read) return read.error();
    if constexpr (std::is_arithmetic_v<To>) {
      value = static_cast<To>(*read);
    } else {
      value = std::move(*read);
    }
    return {};
  }
  /// A member that is there and not null. Fields are asked for in the order they are written, so
  /// the next member is nearly always the one.
  const json::Value* find(std::string_view name) {
    const auto& members = object_.members();
    const json::Value* found = nullptr;
    for (std::size_t step = 0; step < members.size() && found == nullptr; ++step) {
      const std::size_t at = (next_ + step) % members.size();
      if (members[at].key != name) continue;
      found = &members[at].value;
      next_ = at + 1;
    }
    return found == nullptr || found->is_null() ? nullptr : found;
  }
  void fail(std::string_view name, const std::string& complaint) {
    problem_ = invalid(Place{&place_, name}.path() + ": " + complaint);
  }
  template <class Read>
  void take(std::string_view name, const Read& read) {
    const json::Value* found = problem_ ? nullptr : find(name);
    if (found == nullptr) return;
    if (const Result<> done = read(json::Cursor(*found, "")); !done) {
      fail(name, done.error().context);
    }
  }
  template <class Read>
  void require(std::string_view name, const Read& read) {
    if (!problem_ && find(name) == nullptr) return fail(name, "missing");
    take(name, read);
  }
  bool is_list(const json::Value& value, std::string_view name, std::size_t max) {
    if (value.kind() != json::Kind::array) {
      fail(name, "expected an array");
    } else if (value.items().size() > max) {
      fail(name, "more than " + std::to_string(max) + " elements");
    }
    return !problem_;
  }
  template <class T, class Read>
  void each(std::string_view name, std::vector<T>& list, std::size_t max, const Read& read) {
    const json::Value* found = problem_ ? nullptr : find(name);
    if (found == nullptr || !is_list(*found, name, max)) return;
    const Place here{&place_, name};
    list.resize(found->items().size());
    for (std::size_t at = 0; at < list.size(); ++at) {
      const Result<> done = read(json::Cursor(found->items()[at], ""), list[at]);
      if (done) continue;
      problem_ = invalid(Place{&here, {}, at}.path() + ": " + done.error().context);
      return;
    }
  }
  template <class T>
  void descend(const json::Value& value, const Place& place, T& object) {
    Decoder(value, place, problem_).read(object);
  }

  const json::Value& object_;
  const Place& place_;
  std::optional<Error>& problem_;
  std::size_t next_ = 0;
};

template <class Message>
Result<Message> decode(std::string_view text) {
  const Result<json::Value> document = json::parse(text, kLimits);
  if (!document) return document.error();
  std::optional<Error> problem;
  const Place root{nullptr, "", std::nullopt};
  Message message;
  Decoder(*document, root, problem).read(message);
  if (problem) return *problem;
  return message;
}

}  // namespace

Result<Report> decode_report(std::string_view text) {
  Result<Report> report = decode<Report>(text);
  return report ? std::move(report) : wrap(report.error(), "report");
}

Result<Reply> decode_reply(std::string_view text) {
  Result<Reply> reply = decode<Reply>(text);
  return reply ? std::move(reply) : wrap(reply.error(), "reply");
}

}  // namespace kernwise::report
