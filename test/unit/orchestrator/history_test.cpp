// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>

#include "orchestrator/history/decisions.hpp"
#include "orchestrator/history/store.hpp"

namespace kernwise::history {
namespace {

/// A folder of its own, gone afterwards.
class Folder {
 public:
  Folder() {
    std::string pattern = "/tmp/kernwise-history-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file() const { return path_ + "/history.db"; }

 private:
  std::string path_;
};

Entry entry(int second, std::string kind, std::string name) {
  return {WallTime(std::chrono::seconds(second)), std::move(kind), std::move(name), "{}"};
}

DecisionRecord decided(std::string workload, scaling::Action action, int to) {
  DecisionRecord record;
  record.decision = {.workload = workload,
                     .action = action,
                     .target = workload,
                     .from = 1,
                     .to = to,
                     .reason = "cpu_saturated",
                     .evidence = {}};
  return record;
}

TEST_CASE("decisions: only what says something new is a change", "[history]") {
  DecisionLog log;
  CHECK(log.record(decided("a", scaling::Action::scale_up, 2)));
  auto same = decided("a", scaling::Action::scale_up, 2);
  same.decision.evidence = {"other numbers"};
  same.snapshot = 9;
  CHECK_FALSE(log.record(same));
  CHECK(log.latest("a")->snapshot == 9);
  CHECK(log.record(decided("a", scaling::Action::scale_up, 3)));
  CHECK(log.changes().items().size() == 2);
}

TEST_CASE("decisions: what is pending is a change once its outcome is known", "[history]") {
  const scaling::Outcome pending{.result = scaling::kPending, .reason = "act"};
  const scaling::Outcome applied{.result = "applied", .reason = "act"};
  DecisionLog log;
  auto decision = decided("a", scaling::Action::scale_up, 2);
  decision.outcome = pending;
  CHECK_FALSE(log.record(decision));
  CHECK_FALSE(log.record(decision));
  CHECK(log.changes().items().empty());
  CHECK(log.latest("a")->outcome == pending);

  CHECK(log.settle("a", 3, applied, {}) == nullptr);  // of another decision
  CHECK(log.settle("b", 2, applied, {}) == nullptr);
  const DecisionRecord* const record = log.settle("a", 2, applied, WallTime(std::chrono::hours(1)));
  REQUIRE(record != nullptr);
  CHECK(record->outcome == applied);
  CHECK(record->time == WallTime(std::chrono::hours(1)));
  CHECK(log.changes().items().size() == 1);
  CHECK(log.settle("a", 2, applied, {}) == nullptr);  // nothing new
}

TEST_CASE("decisions: bounded by the ring and by what is present", "[history]") {
  DecisionLog log;
  for (int i = 0; i < 3'000; ++i) {
    log.record(decided("w" + std::to_string(i), scaling::Action::hold, 1));
  }
  CHECK(log.changes().items().size() == DecisionLog::kMostDecisions);
  log.keep_only({"w1", "w2"});
  CHECK(log.latest().size() == 2);
  CHECK(log.latest("w7") == nullptr);
}

TEST_CASE("store: what is written can be read by kind, time and count, newest first", "[history]") {
  const Folder folder;
  auto store = Store::open({.path = folder.file()}).value();
  store->add({entry(1, "node", "n1"), entry(2, "pod", "a"), entry(3, "node", "n1")});
  store->add({entry(4, "decision", "w")});
  store->flush();
  CHECK(store->written() == 4);
  const auto all = store->read({}).value();
  REQUIRE(all.size() == 4);
  CHECK(all[0].kind == "decision");
  CHECK(store->read({.kind = "node"}).value().size() == 2);
  CHECK(store->read({.since = WallTime(std::chrono::seconds(3))}).value().size() == 2);
  CHECK(store->read({.limit = 1}).value().size() == 1);
}

TEST_CASE("store: a reopened file goes on", "[history]") {
  const Folder folder;
  for (int i = 0; i < 3; ++i) {
    auto store = Store::open({.path = folder.file()}).value();
    store->add({entry(i, "node", "n1")});
    store->flush();
    CHECK(store->read({}).value().size() == static_cast<std::size_t>(i) + 1);
  }
}

TEST_CASE("table: rows are bounded, oldest first out", "[history]") {
  const Folder folder;
  auto table = Table::open(folder.file(), {.rows = 10}).value();
  for (int i = 0; i < 50; ++i) {
    REQUIRE(table.append({entry(i, "node", "n"), entry(i, "pod", "p")}).has_value());
  }
  CHECK(table.rows().value() == 10);
  const auto kept = read_entries(folder.file(), {}).value();
  CHECK(kept.back().time == WallTime(std::chrono::seconds(45)));
}

TEST_CASE("table: bytes are bounded", "[history]") {
  const Folder folder;
  auto table = Table::open(folder.file(), {.rows = 1'000'000, .bytes = 400'000}).value();
  const std::string json = "\"" + std::string(5'000, 'x') + "\"";
  for (int i = 0; i < 400; ++i) {  // 2 MB in all
    Entry large = entry(i, "node", "n");
    large.json = json;
    REQUIRE(table.append({large}).has_value());
  }
  CHECK(table.rows().value() < 100);
  CHECK(std::filesystem::file_size(folder.file()) < 800'000);
}

TEST_CASE("table: a broken file is set aside and a new one begun", "[history]") {
  const auto [name, content] = GENERATE(table<std::string, std::string>({
      {"not a database", std::string(8'192, 'x')},
      {"a database with its middle torn out", ""},
  }));
  CAPTURE(name);
  const Folder folder;
  if (content.empty()) {
    auto whole = Table::open(folder.file(), {}).value();
    std::vector<Entry> many;
    for (int i = 0; i < 5'000; ++i) many.push_back(entry(i, "node", "name-" + std::to_string(i)));
    REQUIRE(whole.append(many).has_value());
  }
  if (content.empty()) {
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(12'000);
    file << std::string(20'000, 'x');
  } else {
    std::ofstream(folder.file(), std::ios::binary) << content;
  }
  bool renamed = false;
  auto fresh = Table::open(folder.file(), {}, &renamed);
  REQUIRE(fresh.has_value());
  CHECK(renamed);
  CHECK(std::filesystem::exists(folder.file() + ".corrupt"));
  CHECK(fresh->rows().value() == 0);
  CHECK(fresh->append({entry(1, "node", "n")}).has_value());
}

TEST_CASE("table: a file of a newer version is refused, not touched", "[history]") {
  const Folder folder;
  {
    auto database = Database::open(folder.file(), Database::Access::create).value();
    REQUIRE(database.run("CREATE TABLE future (x); PRAGMA user_version = 99;").has_value());
  }
  const auto opened = Table::open(folder.file(), {});
  REQUIRE(opened.has_error());
  CHECK(opened.error().message().find("newer version") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.file() + ".corrupt"));
}

TEST_CASE("table: no such folder is an error that names it", "[history]") {
  const auto opened = Table::open("/tmp/kernwise-no-such-folder/x.db", {});
  REQUIRE(opened.has_error());
  CHECK(opened.error().message().find("kernwise-no-such-folder") != std::string::npos);
}

/// Writes without end until it is killed; tells through `ready` when the first rows are there.
[[noreturn]] void write_until_killed(const std::string& path, int ready) {
  auto table = Table::open(path, {.rows = 5'000});
  if (!table) ::_exit(3);
  for (int i = 0;; ++i) {
    std::vector<Entry> batch;
    for (int k = 0; k < 50; ++k) batch.push_back(entry(i, "node", "n" + std::to_string(k)));
    if (!table->append(batch)) ::_exit(4);
    if (i == 20 && ::write(ready, "x", 1) != 1) ::_exit(5);
  }
}

TEST_CASE("table: killed at any moment, the file is whole and complete batches are there",
          "[history]") {
  const Folder folder;
  for (int round = 0; round < 5; ++round) {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    if (child == 0) write_until_killed(folder.file(), pipe[1]);
    char byte = 0;
    ::close(pipe[1]);
    REQUIRE(::read(pipe[0], &byte, 1) == 1);
    ::close(pipe[0]);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    const auto database = Database::open(folder.file(), Database::Access::create).value();
    CHECK(database.text("PRAGMA integrity_check").value() == "ok");
    CHECK(database.number("SELECT max(id) % 50 FROM entry").value() == 0);
    CHECK(database.number("SELECT count(*) FROM entry").value() >= 1'000);
  }
}

TEST_CASE("store: what the queue cannot hold is dropped and counted", "[history]") {
  const Folder folder;
  auto store = Store::open({.path = folder.file(), .queue = 10}).value();
  std::vector<Entry> many(50, entry(1, "node", "n"));
  store->add(std::move(many));
  store->flush();
  CHECK(store->written() == 10);
  CHECK(store->dropped() == 40);
}

TEST_CASE("store: a disk that refuses costs history only", "[history]") {
  const Folder folder;
  auto store = Store::open({.path = folder.file()}).value();
  {
    // Somebody else holds the file exclusively for longer than the writer is willing to wait.
    const auto other = Database::open(folder.file(), Database::Access::create).value();
    REQUIRE(other.run("BEGIN EXCLUSIVE").has_value());
    store->add({entry(1, "node", "n")});
    store->flush();
    CHECK(store->dropped() == 1);
  }
  store->add({entry(2, "node", "n")});
  store->flush();
  CHECK(store->written() == 1);
}

}  // namespace
}  // namespace kernwise::history
