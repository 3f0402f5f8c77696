// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/base/json.hpp"
#include "common/base/utf8.hpp"
#include "common/report/fields.hpp"

namespace kernwise::report {
namespace {

constexpr int kSignificantDigits = 6;
/// Smaller amounts are rounding noise; nobody's share of a CPU is a nanosecond per second.
constexpr double kSmallest = 1e-9;

/// How much of a report is written; everything unless it would not fit.
struct Extent {
  std::size_t detail_divisor = 1;  ///< of the bounds of the lists inside one container
  std::size_t containers = kMaxContainers;
};

/// Writes fields within the bounds that the decoder enforces: whatever a kernel, a symbol table or
/// a name brought here, the receiver does not refuse the report for it.
class Encoder {
 public:
  explicit Encoder(const Extent& extent) : extent_(extent) {}

  template <class Message>
  std::string write(const Message& message) {
    put(message);
    return out_.take();
  }

  void required_text(std::string_view name, const std::string& text, std::size_t max) {
    // Nothing may be left of what a kernel or a symbol table gave us; the field must still be
    // there.
    const std::string shown = printable(text, max);
    out_.member(name, shown.empty() ? "?" : shown);
  }
  void text(std::string_view name, const std::string& text, std::size_t max) {
    if (!text.empty()) out_.member(name, printable(text, max));
  }
  void texts(std::string_view name, const std::vector<std::string>& texts, std::size_t max) {
    if (texts.empty()) return;
    out_.key(name).begin_array();
    for (std::size_t at = 0; at < std::min(texts.size(), max); ++at) {
      out_.value(printable(texts[at], kTextBytes));
    }
    out_.end_array();
  }
  void required_real(std::string_view name, double value, double high) {
    std::array<char, 32> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), bounded(value, high),
                      std::chars_format::general, kSignificantDigits)
            .ptr;
    out_.key(name).raw({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  void real(std::string_view name, double value, double high) {
    if (bounded(value, high) != 0) required_real(name, value, high);
  }
  void real(std::string_view name, const std::optional<double>& value, double high) {
    if (value) required_real(name, *value, high);
  }
  void required_count(std::string_view name, std::uint64_t count, std::uint64_t low,
                      std::uint64_t high) {
    out_.member(name, std::clamp(count, low, high));
  }
  void count(std::string_view name, std::uint64_t count, std::uint64_t high) {
    if (count != 0) required_count(name, count, 0, high);
  }
  void count(std::string_view name, const std::optional<std::uint64_t>& count, std::uint64_t high) {
    if (count) required_count(name, *count, 0, high);
  }
  void counts(std::string_view name, const std::vector<std::uint16_t>& counts, std::size_t max) {
    if (counts.empty()) return;
    out_.key(name).begin_array();
    for (std::size_t at = 0; at < detail(counts.size(), max); ++at) out_.value(counts[at]);
    out_.end_array();
  }
  void flag(std::string_view name, bool flag) {
    if (flag) out_.member(name, flag);
  }
  void verdict(std::string_view name, Verdict verdict) {
    if (verdict != Verdict::unknown) out_.member(name, name_of(verdict));
  }
  void direction(std::string_view name, Direction direction) {
    if (direction == Direction::inbound) out_.member(name, "inbound");
  }
  void shares(std::string_view name, const WaitShares& shares, double high) {
    if (shares == WaitShares{}) return;
    out_.key(name).begin_object();
    for (std::size_t at = 0; at < kShareCount; ++at) {
      const auto share = static_cast<Share>(at);
      real(name_of(share), shares[share], high);
    }
    out_.end_object();
  }
  template <class T>
  void required_object(std::string_view name, const T& object) {
    out_.key(name);
    put(object);
  }
  template <class T>
  void object(std::string_view name, const T& object) {
    if (object != T{}) required_object(name, object);
  }
  template <class T>
  void object(std::string_view name, const std::optional<T>& object) {
    if (object) required_object(name, *object);
  }
  void required_list(std::string_view name, const std::vector<Container>& containers, std::size_t) {
    write_list(name, containers, std::min(containers.size(), extent_.containers));
  }
  template <class T>
  void list(std::string_view name, const std::vector<T>& list, std::size_t max) {
    if (!list.empty()) write_list(name, list, detail(list.size(), max));
  }

 private:
  static double bounded(double value, double high) {
    if (!(value >= kSmallest)) return 0;  // also NaN
    return std::min(value, high);
  }
  std::size_t detail(std::size_t size, std::size_t max) const {
    return std::min(size, std::max<std::size_t>(1, max / extent_.detail_divisor));
  }
  template <class T>
  void write_list(std::string_view name, const std::vector<T>& list, std::size_t count) {
    out_.key(name).begin_array();
    for (std::size_t at = 0; at < count; ++at) put(list[at]);
    out_.end_array();
  }
  template <class T>
  void put(const T& object) {
    out_.begin_object();
    fields(*this, object);
    out_.end_object();
  }

  const Extent extent_;
  json::Writer out_;
};

}  // namespace

std::string encode(const Report& report) {
  Extent extent{1, std::min(report.containers.size(), kMaxContainers)};
  std::string text = Encoder(extent).write(report);
  // A report that nobody accepts blinds the node, so the least important parts stay out instead:
  // the tails of the lists first, then the last containers.
  while (text.size() > kMaxReportBytes && extent.containers > 0) {
    if (extent.detail_divisor < kMaxFunctions) {
      extent.detail_divisor *= 4;
    } else {
      extent.containers = extent.containers * kMaxReportBytes / text.size();
    }
    text = Encoder(extent).write(report);
  }
  return text;
}

std::string encode(const Reply& reply) {
  return Encoder({}).write(reply);
}

}  // namespace kernwise::report
