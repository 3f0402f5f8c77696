// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>
#include <catch2/reporters/catch_reporter_streaming_base.hpp>
#include <chrono>
#include <iomanip>
#include <ostream>
#include <string>
#include <string_view>

namespace kernwise::test {
namespace {

/// What the tables of scenarios capture first.
constexpr std::string_view kNameOfRow = "scenario.name := ";

/// Catch2 reporter `rows`: one line for each row of each test: ran, skipped and why, or failed and
/// where; and "again" with the name of each test that has a failed row. What a machine without
/// anything else on it sends over its console.
class RowReporter final : public Catch::StreamingReporterBase {
 public:
  explicit RowReporter(Catch::ReporterConfig&& config) : StreamingReporterBase(std::move(config)) {
    m_preferences.shouldReportAllAssertions = true;
  }

  static std::string getDescription() { return "One line for each row: ran, skip or FAIL"; }

  void testCasePartialStarting(const Catch::TestCaseInfo&, std::uint64_t) override {
    begin_ = std::chrono::steady_clock::now();
    row_.clear();
    skipped_.clear();
  }

  void assertionEnded(const Catch::AssertionStats& stats) override {
    const auto& result = stats.assertionResult;
    for (const auto& info : stats.infoMessages) {
      if (row_.empty() && info.message.starts_with(kNameOfRow)) {
        row_ = info.message.substr(kNameOfRow.size());
      }
    }
    if (result.getResultType() == Catch::ResultWas::ExplicitSkip) {
      skipped_ = std::string(result.getMessage());
    } else if (!result.isOk()) {
      failed(stats);
    }
  }

  void testCasePartialEnded(const Catch::TestCaseStats& stats, std::uint64_t) override {
    if (stats.totals.assertions.failed > 0) return;
    m_stream << (skipped_.empty() ? "ran   " : "skip  ") << name_of_row(*stats.testInfo);
    if (skipped_.empty()) {
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin_;
      m_stream << " (" << std::fixed << std::setprecision(1) << took.count() << " s)" << std::endl;
    } else {
      m_stream << ": " << skipped_ << std::endl;
    }
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (stats.totals.assertions.failed > 0)
      m_stream << "again " << stats.testInfo->name << std::endl;
  }

  void testRunEnded(const Catch::TestRunStats& stats) override {
    const auto& counts = stats.totals.testCases;
    m_stream << "tests " << counts.passed << " passed, " << counts.failed << " failed, "
             << counts.skipped << " skipped" << std::endl;
    StreamingReporterBase::testRunEnded(stats);
  }

 private:
  void failed(const Catch::AssertionStats& stats) {
    const auto& result = stats.assertionResult;
    m_stream << "FAIL  " << name_of_row(*currentTestCaseInfo) << ": " << result.getSourceInfo()
             << ": ";
    if (result.hasExpression()) m_stream << result.getExpandedExpression() << ' ';
    m_stream << result.getMessage();
    for (const auto& info : stats.infoMessages) m_stream << "; " << info.message;
    m_stream << std::endl;
  }

  [[nodiscard]] std::string name_of_row(const Catch::TestCaseInfo& test) const {
    return row_.empty() ? test.name : test.name + ": " + row_;
  }

  std::string row_, skipped_;
  std::chrono::steady_clock::time_point begin_;
};

CATCH_REGISTER_REPORTER("rows", RowReporter)

}  // namespace
}  // namespace kernwise::test
