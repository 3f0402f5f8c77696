// SPDX-License-Identifier: Apache-2.0
#include "common/kube/election.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace kernwise::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = LeaseAnswer::Kind;

const WallTime kWall{seconds(1'767'225'600)};  // 2026-01-01

MonoTime at(double second) {
  return MonoTime(milliseconds(static_cast<int>(second * 1'000)));
}

Election elector() {
  return {"me", {}, [] { return 0.5; }};
}

Lease lease(const std::string& version, const std::string& holder, int duration = 10) {
  return {version,
          {.holder = holder,
           .duration = seconds(duration),
           .acquired = "2019-01-01T00:00:00.000000Z",
           .renewed = "2019-01-01T00:00:0" + version + ".000000Z",
           .transitions = 4}};
}

LeaseCall sent(Election& election, MonoTime now) {
  const auto call = election.next(now, kWall);
  REQUIRE(call);
  return *call;
}

/// Reads `found` at `now`.
void read(Election& election, MonoTime now, const LeaseAnswer& found) {
  const LeaseCall call = sent(election, now);
  REQUIRE(call.kind == LeaseCall::Kind::read);
  election.answered(call.number, found, now);
}

/// Claims at `now` and is believed; the record that was written.
LeaseRecord claim(Election& election, MonoTime now, Kind kind = Kind::found) {
  const LeaseCall call = sent(election, now);
  REQUIRE(call.kind != LeaseCall::Kind::read);
  election.answered(call.number, {.kind = kind, .lease = {"9", call.lease.record}}, now);
  return call.lease.record;
}

/// Leads since 20 s: saw a lease of somebody else at 10 s and it stayed as it was.
Election leader() {
  Election election = elector();
  read(election, at(10), {.kind = Kind::found, .lease = lease("1", "other")});
  read(election, at(20), {.kind = Kind::found, .lease = lease("1", "other")});
  claim(election, at(20));
  return election;
}

}  // namespace

TEST_CASE("election: a lease of somebody else is taken when it has not changed for its duration",
          "[kube]") {
  Election election = elector();
  read(election, at(0), {.kind = Kind::found, .lease = lease("1", "other")});
  CHECK(election.holder() == "other");
  // 2 s * (1 + 1.2 * 0.5) = 3.2 s
  CHECK_FALSE(election.next(at(3.1), kWall));
  read(election, at(3.2), {.kind = Kind::found, .lease = lease("1", "other")});
  read(election, at(9), {.kind = Kind::found, .lease = lease("2", "other")});
  // Changed at 9 s: its ten seconds begin again, whatever its renewTime says.
  read(election, at(18.9), {.kind = Kind::found, .lease = lease("2", "other")});
  read(election, at(19.1), {.kind = Kind::found, .lease = lease("2", "other")});
  const LeaseRecord record = claim(election, at(19.1));
  CHECK(record.holder == "me");
  CHECK(record.duration == seconds(10));
  CHECK(record.transitions == 5);
  CHECK(record.acquired == "2026-01-01T00:00:00.000000Z");
  CHECK(election.leading(at(19.1)));
}

TEST_CASE("election: the permission to write ends 7 s after the last renewal was sent", "[kube]") {
  Election election = leader();
  const LeaseCall renewal = sent(election, at(22));
  CHECK(renewal.kind == LeaseCall::Kind::replace);
  CHECK(renewal.lease.resource_version == "9");
  CHECK(renewal.lease.record.transitions == 5);
  election.answered(renewal.number, {.kind = Kind::found, .lease = {"10", renewal.lease.record}},
                    at(24.5));
  CHECK(election.may_write_until() == at(29));
  CHECK(election.leading(at(28.9)));
  CHECK_FALSE(election.leading(at(29)));
}

TEST_CASE("election: an answer that comes too late changes nothing", "[kube]") {
  Election election = leader();
  const LeaseCall renewal = sent(election, at(22));
  CHECK_FALSE(election.next(at(24.9), kWall));
  CHECK(sent(election, at(25)).kind == LeaseCall::Kind::read);
  election.answered(renewal.number, {.kind = Kind::found, .lease = {"10", renewal.lease.record}},
                    at(25.1));
  CHECK(election.may_write_until() == at(27));
}

TEST_CASE("election: a renewal whose answer was lost goes on without a pause", "[kube]") {
  Election election = leader();
  const LeaseCall lost = sent(election, at(22));
  read(election, at(25), {.kind = Kind::found, .lease = {"10", lost.lease.record}});
  claim(election, at(25));
  CHECK(election.leading(at(25)));
  CHECK(election.may_write_until() == at(32));
}

TEST_CASE("election: whoever sees another holder stops at once", "[kube]") {
  Election election = leader();
  election.answered(sent(election, at(22)).number, {.kind = Kind::conflict}, at(22));
  CHECK(election.leading(at(22)));
  read(election, at(22.1), {.kind = Kind::found, .lease = lease("7", "other")});
  CHECK_FALSE(election.leading(at(22.1)));
}

TEST_CASE("election: a lease that was deleted or edited is held at once and used later", "[kube]") {
  struct Row {
    const char* what;
    LeaseAnswer found;
    Kind written;
    double from;  // 10 s after it was made or first seen, at 0 s
  };
  const Row row = GENERATE(
      Row{"deleted", {.kind = Kind::absent}, Kind::created, 10},
      Row{"nobody holds it", {.kind = Kind::found, .lease = lease("3", "")}, Kind::found, 10},
      Row{"says it is mine", {.kind = Kind::found, .lease = lease("3", "me")}, Kind::found, 10},
      Row{"given back", {.kind = Kind::found, .lease = lease("3", "", 1)}, Kind::found, 0},
      Row{"made by the server",
          {.kind = Kind::found, .lease = lease("3", "", 1)},
          Kind::created,
          10});
  INFO(row.what);
  Election election = elector();
  read(election, at(0), row.found);
  claim(election, at(0), row.written);
  CHECK(election.holder() == "me");
  for (double second = 2; second < row.from; second += 2) {
    CHECK_FALSE(election.leading(at(second)));
    claim(election, at(second));
  }
  CHECK(election.leading(at(row.from)));
}

TEST_CASE("election: where no lease can be made it is tried every two seconds", "[kube]") {
  Election election = elector();
  read(election, at(0), {.kind = Kind::absent});
  election.answered(sent(election, at(0)).number, {.kind = Kind::absent}, at(0));
  CHECK_FALSE(election.next(at(1.9), kWall));
  CHECK(sent(election, at(2)).kind == LeaseCall::Kind::read);
}

TEST_CASE("election: a duration that nobody of us wrote is not believed", "[kube]") {
  Election election = elector();
  read(election, at(0), {.kind = Kind::found, .lease = lease("1", "other", 1)});
  read(election, at(3.2), {.kind = Kind::found, .lease = lease("1", "other", 1)});
  CHECK(sent(election, at(6.4)).kind == LeaseCall::Kind::read);  // not yet taken

  Election patient = elector();
  read(patient, at(0), {.kind = Kind::found, .lease = lease("1", "other", 1'000'000)});
  read(patient, at(60), {.kind = Kind::found, .lease = lease("1", "other", 1'000'000)});
  CHECK(sent(patient, at(60)).kind == LeaseCall::Kind::replace);
}

TEST_CASE("election: stopping ends writes at once and gives the lease back", "[kube]") {
  Election election = leader();
  election.stop();
  CHECK_FALSE(election.leading(at(20)));
  const LeaseCall refused = sent(election, at(20));
  CHECK(refused.lease.record.holder.empty());
  CHECK(refused.lease.record.duration == seconds(1));
  CHECK(refused.lease.record.transitions == 5);
  election.answered(refused.number, {.kind = Kind::failed}, at(20));
  CHECK_FALSE(election.stopped());
  read(election, at(20.25), {.kind = Kind::found, .lease = lease("9", "me")});
  claim(election, at(20.25));
  CHECK(election.stopped());
  CHECK_FALSE(election.next(at(30), kWall));
}

TEST_CASE("election: stopping as a follower asks nothing more", "[kube]") {
  Election election = elector();
  read(election, at(0), {.kind = Kind::found, .lease = lease("1", "other")});
  election.stop();
  CHECK(election.stopped());
  CHECK_FALSE(election.next(at(10), kWall));
}

TEST_CASE("election: a server that is too busy is asked again when it said so", "[kube]") {
  Election election = leader();
  election.answered(sent(election, at(22)).number,
                    {.kind = Kind::failed, .retry_after = seconds(4)}, at(22));
  CHECK_FALSE(election.next(at(25.9), kWall));
  CHECK(sent(election, at(26)).kind == LeaseCall::Kind::read);
}

}  // namespace kernwise::kube
