// SPDX-License-Identifier: Apache-2.0
#include "common/kube/lease.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "common/kube/micro_time.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::kube {
namespace {

const LeaseName kName{"kernwise", "kernwise-orchestrator"};

}  // namespace

TEST_CASE("lease: requests are what the API server expects", "[kube]") {
  const LeaseRecord record{.holder = "pod-0_2f9c",
                           .duration = std::chrono::seconds(10),
                           .acquired = "2026-01-01T00:00:00.000000Z",
                           .renewed = "2026-01-01T00:00:08.000000Z",
                           .transitions = 3};
  const std::string spec =
      R"("spec":{"holderIdentity":"pod-0_2f9c","leaseDurationSeconds":10,)"
      R"("acquireTime":"2026-01-01T00:00:00.000000Z","renewTime":"2026-01-01T00:00:08.000000Z",)"
      R"("leaseTransitions":3}})";
  const std::string head = R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease",)"
                           R"("metadata":{"name":"kernwise-orchestrator","namespace":"kernwise")";
  const std::string path = "/apis/coordination.k8s.io/v1/namespaces/kernwise/leases";

  const Request create = create_lease(kName, record);
  CHECK(create.method == "POST");
  CHECK(create.path == path);
  CHECK(create.body == head + "}," + spec);

  const Request replace = replace_lease(kName, {"77", record});
  CHECK(replace.method == "PUT");
  CHECK(replace.path == path + "/kernwise-orchestrator");
  CHECK(replace.body == head + R"(,"resourceVersion":"77"},)" + spec);
  CHECK(replace.content_type == "application/json");

  CHECK(read_lease(kName).path == path + "/kernwise-orchestrator");
  const auto back = decode_lease(replace.body);
  REQUIRE(back);
  CHECK(back->resource_version == "77");
  CHECK(back->record == record);
}

TEST_CASE("lease: an answer is told apart by its status", "[kube]") {
  using Kind = LeaseAnswer::Kind;
  struct Row {
    int status;
    const char* body;
    Kind kind;
  };
  const char* const good = R"({"metadata":{"resourceVersion":"5"},"spec":null})";
  const Row row = GENERATE_COPY(
      Row{200, good, Kind::found}, Row{201, good, Kind::created}, Row{404, "{}", Kind::absent},
      Row{409, "{}", Kind::conflict}, Row{429, "{}", Kind::failed}, Row{500, "", Kind::failed},
      Row{200, "<html>", Kind::failed}, Row{200, R"({"metadata":{}})", Kind::failed},
      Row{200, R"({"metadata":{"resourceVersion":"5"},"spec":{"leaseDurationSeconds":-1}})",
          Kind::failed},
      Row{200, R"({"metadata":{"resourceVersion":"5"},"spec":{"holderIdentity":7}})",
          Kind::failed});
  INFO(row.status << " " << row.body);
  CHECK(lease_answer(Answer{.status = row.status, .body = row.body}).kind == row.kind);
}

TEST_CASE("lease: an answer says why it is none, and when to ask again", "[kube]") {
  const auto busy = lease_answer(Answer{
      .status = 429, .body = R"({"message":"slow down"})", .retry_after = std::chrono::seconds(3)});
  CHECK(busy.retry_after == std::chrono::seconds(3));
  CHECK(busy.problem.find("slow down") != std::string::npos);
  const auto cut = lease_answer(errno_error(ECONNREFUSED, "connect"));
  CHECK(cut.kind == LeaseAnswer::Kind::failed);
  CHECK_FALSE(cut.problem.empty());
}

TEST_CASE("micro time: six decimals, always", "[kube]") {
  using namespace std::chrono;
  const WallTime second{seconds(1'767'225'600)};
  CHECK(micro_time(second) == "2026-01-01T00:00:00.000000Z");
  CHECK(micro_time(second + microseconds(123'456)) == "2026-01-01T00:00:00.123456Z");
  CHECK(micro_time(second - microseconds(1)) == "2025-12-31T23:59:59.999999Z");
}

}  // namespace kernwise::kube
