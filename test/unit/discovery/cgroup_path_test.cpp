// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/cgroup_path.hpp"

#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <string>
#include <vector>

namespace kernwise::discovery {
namespace {

const std::string kUid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const std::string kEscapedUid = "0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0";
const std::string kStaticUid = "0123456789abcdef0123456789abcdef";
const std::string kId(64, 'a');
const std::string kOther(64, 'b');

struct Row {
  std::string layout;
  std::string path;
  CgroupIdentity expected;
};

CgroupIdentity identity(std::string uid, std::string runtime, Qos qos) {
  return {
      .pod_uid = std::move(uid), .container_id = kId, .runtime = std::move(runtime), .qos = qos};
}

std::vector<Row> systemd_rows() {
  const std::string burstable =
      "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + kEscapedUid + ".slice/";
  const std::string guaranteed = "kubepods.slice/kubepods-pod" + kEscapedUid + ".slice/";
  const std::string effort =
      "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + kEscapedUid + ".slice/";
  return {
      {"systemd, containerd", burstable + "cri-containerd-" + kId + ".scope",
       identity(kUid, "cri-containerd", Qos::burstable)},
      {"systemd, Guaranteed", guaranteed + "cri-containerd-" + kId + ".scope",
       identity(kUid, "cri-containerd", Qos::guaranteed)},
      {"systemd, BestEffort, leading slash", "/" + effort + "cri-containerd-" + kId + ".scope",
       identity(kUid, "cri-containerd", Qos::best_effort)},
      {"CRI-O", burstable + "crio-" + kId + ".scope", identity(kUid, "crio", Qos::burstable)},
      {"CRI-O with crun's nested leaf", burstable + "crio-" + kId + ".scope/container",
       identity(kUid, "crio", Qos::burstable)},
      {"cri-dockerd", burstable + "docker-" + kId + ".scope",
       identity(kUid, "docker", Qos::burstable)},
      {"podman kube", guaranteed + "libpod-" + kId + ".scope",
       identity(kUid, "libpod", Qos::guaranteed)},
      {"kubelet systemd, containerd cgroupfs",
       "system.slice/containerd.service/kubepods-burstable-pod" + kEscapedUid +
           ".slice:cri-containerd:" + kId,
       identity(kUid, "cri-containerd", Qos::burstable)},
      {"static pod, systemd",
       "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + kStaticUid +
           ".slice/cri-containerd-" + kId + ".scope",
       identity(kStaticUid, "cri-containerd", Qos::burstable)},
  };
}

std::vector<Row> other_rows() {
  const std::string kind =
      "kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
      "kubelet-kubepods-besteffort-pod" +
      kEscapedUid + ".slice/cri-containerd-" + kId + ".scope";
  return {
      {"cgroupfs, Burstable", "kubepods/burstable/pod" + kUid + "/" + kId,
       identity(kUid, "", Qos::burstable)},
      {"cgroupfs, BestEffort", "/kubepods/besteffort/pod" + kUid + "/" + kId,
       identity(kUid, "", Qos::best_effort)},
      {"cgroupfs, Guaranteed", "kubepods/pod" + kUid + "/" + kId,
       identity(kUid, "", Qos::guaranteed)},
      {"cgroupfs, CRI-O", "kubepods/burstable/pod" + kUid + "/crio-" + kId,
       identity(kUid, "crio", Qos::burstable)},
      {"cgroupfs, static pod", "kubepods/burstable/pod" + kStaticUid + "/" + kId,
       identity(kStaticUid, "", Qos::burstable)},
      {"kind, inside the node", kind, identity(kUid, "cri-containerd", Qos::best_effort)},
      {"kind, from the host (cgroupfs)", "/docker/" + kOther + "/" + kind,
       identity(kUid, "cri-containerd", Qos::best_effort)},
      {"kind, from the host (systemd)", "system.slice/docker-" + kOther + ".scope/" + kind,
       identity(kUid, "cri-containerd", Qos::best_effort)},
      {"no parent set", "/k8s.io/" + kId, identity("", "", Qos::guaranteed)},
      {"relative to a cgroup namespace",
       "/../../../kubepods-burstable-pod" + kEscapedUid + ".slice/cri-containerd-" + kId + ".scope",
       identity(kUid, "cri-containerd", Qos::burstable)},
      {"docker in the container", "kubepods/pod" + kUid + "/" + kId + "/docker/" + kOther,
       identity(kUid, "", Qos::guaranteed)},
      {"systemd in the container",
       "kubepods/pod" + kUid + "/" + kId + "/system.slice/nginx.service",
       identity(kUid, "", Qos::guaranteed)},
      {"a container that plays another pod",
       "kubepods/pod" + kUid + "/" + kId + "/kubepods/pod" + kStaticUid + "/" + kOther,
       identity(kUid, "", Qos::guaranteed)},
  };
}

TEST_CASE("cgroup path: every layout gives pod and container", "[discovery]") {
  auto rows = systemd_rows();
  const auto others = other_rows();
  rows.insert(rows.end(), others.begin(), others.end());
  for (const auto& row : rows) {
    CAPTURE(row.layout, row.path);
    const auto found = parse_cgroup_path(row.path);
    REQUIRE(found.has_value());
    CHECK(found->pod_uid == row.expected.pod_uid);
    CHECK(found->container_id == row.expected.container_id);
    CHECK(found->runtime == row.expected.runtime);
    CHECK(found->qos == row.expected.qos);
  }
}

TEST_CASE("cgroup path: what is no container of a pod gives nothing", "[discovery]") {
  const std::string pod = "kubepods/burstable/pod" + kUid;
  const std::vector<std::string> paths = {
      "",
      "/",
      "//",
      "/..",
      "/../..",
      "kubepods.slice",
      "system.slice/ssh.service",
      pod,
      pod + "/",
      pod + "/crio-conmon-" + kId + ".scope",
      pod + "/" + kId.substr(1),
      pod + "/" + kId + "a",
      pod + "/" + std::string(64, 'A'),
      pod + "/" + std::string(64, 'g'),
      pod + "/evil-" + kId + ".scope",
      pod + "/" + kId + ".scope.scope",
      "system.slice/docker-" + kId + ".scope",
      "machine.slice/machine-libpod_pod_" + kOther + ".slice/libpod-" + kId + ".scope",
      "kubepods/pod" + kUid.substr(1) + "/" + kId,
      "kubepods/pod0f1e2d3c-4b5a_6978-8796-a5b4c3d2e1f0/" + kId,
      "kubepods/xpod" + kUid + "/" + kId,
      "kubepods/pod" + kStaticUid.substr(1) + "/" + kId,
      "kubepods/" + kUid + "/" + kId,
      pod + "/" + kId.substr(0, 32) + std::string(1, '\0') + kId.substr(33),
      "kubepods-pod" + kEscapedUid + ".slice:cri-containerd:",
      "::::",
      std::string(1 << 16, '/'),
      std::string(1 << 16, 'a'),
  };
  for (const auto& path : paths) {
    CAPTURE(path.substr(0, 200));
    CHECK_FALSE(parse_cgroup_path(path).has_value());
    CHECK_FALSE(container_cgroup(path).has_value());
  }
}

TEST_CASE("cgroup path: the container's own cgroup ends at its element", "[discovery]") {
  const std::string own = "/kubepods/burstable/pod" + kUid + "/crio-" + kId + ".scope";
  CHECK(container_cgroup(own) == own);
  CHECK(container_cgroup(own + "/") == own);
  CHECK(container_cgroup(own + "/container") == own);
  CHECK(container_cgroup(own + "/docker/" + kOther) == own);
  CHECK(container_cgroup("/docker/" + kOther + own + "/a/b") == "/docker/" + kOther + own);
}

TEST_CASE("cgroup path: plain cgroups are named by their path", "[discovery]") {
  const auto [path, pod_namespace, pod] = GENERATE(table<std::string, std::string, std::string>({
      {"system.slice/ssh.service", "system.slice", "ssh.service"},
      {"/system.slice/ssh.service/", "system.slice", "ssh.service"},
      {"user.slice/user-0.slice/session-1.scope", "user.slice/user-0.slice", "session-1.scope"},
      {"demo", "/", "demo"},
      {"/demo", "/", "demo"},
      {"a//b", "a", "b"},
      {"", "/", ""},
      {"/", "/", ""},
  }));
  CAPTURE(path);
  const auto name = plain_name(path);
  CHECK(name.pod_namespace == pod_namespace);
  CHECK(name.pod == pod);
}

/// An element that names neither a pod nor a container.
rc::Gen<std::string> plain_element() {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("abcxyz019._- \n\t\"\\\xff\xc3"))));
}

std::string joined(const std::vector<std::string>& elements) {
  std::string path;
  for (const auto& element : elements) path += "/" + element;
  return path;
}

TEST_CASE("cgroup path: no prefix and no nesting changes the identity", "[discovery]") {
  REQUIRE(rc::check("prefix and suffix", [] {
    auto rows = systemd_rows();
    const auto others = other_rows();
    rows.insert(rows.end(), others.begin(), others.end());
    const auto row = *rc::gen::elementOf(rows);
    const auto above = *rc::gen::container<std::vector<std::string>>(plain_element());
    const auto below = *rc::gen::container<std::vector<std::string>>(plain_element());
    const auto path = joined(above) + "/" + row.path + joined(below);
    const auto found = parse_cgroup_path(path);
    RC_ASSERT(found.has_value());
    RC_ASSERT(*found == row.expected);
    const auto own = container_cgroup(path);
    RC_ASSERT(own.has_value());
    RC_ASSERT(path.starts_with(*own));
    RC_ASSERT(parse_cgroup_path(*own) == found);
  }));
}

TEST_CASE("cgroup path: any text is answered", "[discovery]") {
  REQUIRE(rc::check("never throws", [](const std::string& text) {
    const auto found = parse_cgroup_path(text);
    RC_ASSERT(found.has_value() == container_cgroup(text).has_value());
    const auto name = plain_name(text);
    RC_ASSERT(name.pod.find('/') == std::string::npos);
  }));
  REQUIRE(rc::check("mutated layouts", [] {
    auto path = (*rc::gen::elementOf(systemd_rows())).path;
    const auto edits = *rc::gen::inRange(1, 6);
    for (int i = 0; i < edits; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, path.size());
      path[at] = *rc::gen::arbitrary<char>();
    }
    const auto found = parse_cgroup_path(path);
    if (found) RC_ASSERT(found->container_id.size() == 64U);
  }));
}

}  // namespace
}  // namespace kernwise::discovery
