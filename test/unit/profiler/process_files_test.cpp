// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/process_files.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <tuple>

#include "test/unit/base/scratch.hpp"

namespace kernwise::kernel {
namespace {

constexpr const char* kNetDev =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n"
    "    lo:     100       1    0    0    0     0          0         0      100       1    0    0  "
    "  0     0       0          0\n"
    "  eth0:    1500      10    1    2    0     0          0         0     2500      20    3    4  "
    "  0     0       0          0\n";

constexpr std::uint32_t kVda = 254U << 16U;

}  // namespace

TEST_CASE("parse_net_dev: every interface but loopback, with its sixteen numbers",
          "[kernel-files]") {
  const auto interfaces = parse_net_dev(kNetDev);
  REQUIRE(interfaces.size() == 1);
  CHECK(interfaces[0].name == "eth0");
  CHECK(interfaces[0].received == sense::Traffic{1500, 10, 1, 2});
  CHECK(interfaces[0].sent == sense::Traffic{2500, 20, 3, 4});
  CHECK(parse_net_dev("eth0: 1 2 3\n").empty());
  CHECK(parse_net_dev("").empty());
}

TEST_CASE("parse_net_dev: a pod cannot make more series than the bound", "[kernel-files]") {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += "v" + std::to_string(i) + ": 1 1 1 1 0 0 0 0 1 1 1 1 0 0 0 0\n";
  }
  CHECK(parse_net_dev(text).size() == kMaxInterfaces);
}

TEST_CASE("parse_mounts: file systems with a size of their own, no network and no pseudo ones",
          "[kernel-files]") {
  const auto mounts = parse_mounts(
      "700 600 0:300 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/a\n"
      "701 700 0:301 / /proc rw,nosuid - proc proc rw\n"
      "702 700 254:1 /var/lib/hosts /etc/hosts rw,relatime - ext4 /dev/vda1 rw\n"
      "703 700 254:16 /x /data\\040dir rw - xfs /dev/vdb rw\n"
      "704 700 0:55 / /mnt/nfs rw - nfs4 server:/x rw\n"
      "broken line\n");
  CHECK(mounts ==
        std::vector<Mount>{{"0:300", "/"}, {"254:1", "/etc/hosts"}, {"254:16", "/data dir"}});
}

TEST_CASE("set_io_stat: requests and bytes by device", "[kernel-files]") {
  std::map<std::uint32_t, sense::DiskTotals> disks;
  set_io_stat(disks, "254:0 rbytes=1 wbytes=1 rios=1 wios=1\n");  // an earlier window
  set_io_stat(disks,
              "254:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n"
              "nonsense\n7:0\n");
  REQUIRE(disks.contains(kVda));
  CHECK(disks.at(kVda).read_bytes == 4096);
  CHECK(disks.at(kVda).written_bytes == 8192);
  CHECK(disks.at(kVda).reads == 1);
  CHECK(disks.at(kVda).writes == 2);
  CHECK(disks.size() == 2);
}

TEST_CASE("set_blkio: version 1 tells bytes and requests in two files", "[kernel-files]") {
  std::map<std::uint32_t, sense::DiskTotals> disks;
  set_blkio(disks, "254:0 Read 4096\n254:0 Write 512\n254:0 Sync 9\nTotal 4608\n", true);
  set_blkio(disks, "254:0 Read 2\n254:0 Write 1\n", false);
  CHECK(disks.at(kVda).read_bytes == 4096);
  CHECK(disks.at(kVda).written_bytes == 512);
  CHECK(disks.at(kVda).reads == 2);
  CHECK(disks.at(kVda).writes == 1);
}

TEST_CASE("controller_path: the root is nobody's", "[kernel-files]") {
  const std::string text = "9:name=systemd:/a\n4:cpu,memory:/kubepods/pod1\n7:blkio:/\n0::/x\n";
  CHECK(controller_path(text, "memory") == "/kubepods/pod1");
  CHECK_FALSE(controller_path(text, "blkio"));
  CHECK_FALSE(controller_path(text, "pids"));
  CHECK(parse_controllers("30 20 0:25 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                          "31 20 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n") ==
        std::map<std::string, std::string>{{"memory", "/sys/fs/cgroup/memory"}});
}

TEST_CASE("device_name: the name in sysfs, the number where there is none", "[kernel-files]") {
  const Scratch folder;
  std::filesystem::create_directories(folder.path("dev/block"));
  std::filesystem::create_symlink("../../devices/virtio1/block/vda",
                                  folder.path("dev/block/254:0"));
  CHECK(device_name(folder.path(""), kVda) == "vda");
  CHECK(device_name(folder.path(""), 7U << 16U | 3U) == "7:3");
}

TEST_CASE("process files: no text breaks a parser", "[kernel-files]") {
  REQUIRE(rc::check("no crash", [](const std::string& text) {
    static_cast<void>(parse_net_dev(text));
    static_cast<void>(parse_mounts("1 2 3:4 / " + text + " - ext4 x y\n"));
    static_cast<void>(controller_path(text, "memory"));
    static_cast<void>(parse_controllers(text + " - cgroup " + text));
    std::map<std::uint32_t, sense::DiskTotals> disks;
    set_blkio(disks, text, true);
    set_io_stat(disks, text);
  }));
}

}  // namespace kernwise::kernel
