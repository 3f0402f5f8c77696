// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/pusher.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>

#include "common/base/log.hpp"

namespace kernwise::profiler {
namespace {

using boost::asio::ip::tcp;
using Addresses = std::vector<std::string>;

bool is_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

bool is_loopback(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return host == "localhost" || (!error && address.is_loopback());
}

}  // namespace

Result<PusherOptions> pusher_options(const options::Settings& settings) {
  auto url = http::parse_url(settings.text("orchestrator.url"));
  if (!url) return wrap(url.error(), "orchestrator.url");
  PusherOptions options;
  OutboxOptions& outbox = options.outbox;
  outbox.token_file = settings.text("orchestrator.token_file");
  outbox.tls.ca_file = settings.text("orchestrator.ca_file");
  const bool near = is_loopback(url->host);  // where no thousand others begin with us
  if (!near) outbox.first_delay = std::chrono::milliseconds(settings.milliseconds("window"));
  if (!outbox.token_file.empty() && url->scheme != "https" && !near) {
    return invalid("orchestrator.token_file: needs https, or anybody on the way has the token");
  }
  outbox.address = *std::move(url);
  return options;
}

class Pusher::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, PusherOptions options, OnReply on_reply)
      : io_(io),
        options_(std::move(options)),
        on_reply_(std::move(on_reply)),
        random_(options_.jitter_seed),
        resolver_(io),
        timer_(io) {
    auto& tls = options_.outbox.tls;
    if (tls.server_name.empty()) tls.server_name = host();
  }

  void push(const report::Report& report) {
    const SharedParcel parcel = parcel_of(report);
    if (boxes_.empty()) keep(parcel);
    for (const auto& [address, box] : boxes_) box->push(parcel);
    if (!begun_) look_up();
    begun_ = true;
  }

  void stop() {
    stopped_ = true;
    resolver_.cancel();
    timer_.cancel();
    boxes_.clear();
  }

  [[nodiscard]] PushCounts counts() const {
    PushCounts all = gone_;
    for (const auto& [address, box] : boxes_) all += box->counts();
    all.waiting += unaddressed_.size();
    return all;
  }

  [[nodiscard]] std::string problem() const {
    std::size_t troubled = 0;
    std::string first;
    for (const auto& [address, box] : boxes_) {
      if (box->problem().empty()) continue;
      if (troubled++ == 0) first = box->problem();
    }
    if (troubled == 0) return unresolved_;
    return std::to_string(troubled) + " of " + std::to_string(boxes_.size()) +
           " orchestrators without reports: " + first;
  }

 private:
  [[nodiscard]] const std::string& host() const { return options_.outbox.address.host; }

  /// Until the first address is known.
  void keep(const SharedParcel& parcel) {
    unaddressed_.push_back(parcel);
    unaddressed_bytes_ += parcel->body.size();
    while (unaddressed_bytes_ > options_.outbox.spool_bytes && unaddressed_.size() > 1) {
      unaddressed_bytes_ -= unaddressed_.front()->body.size();
      unaddressed_.pop_front();
      ++gone_.dropped;
    }
  }

  void look_up() {
    if (is_address(host())) return found(Addresses{host()});
    const auto done = [self = weak_from_this()](Result<Addresses> addresses) {
      const auto impl = self.lock();
      if (!impl || impl->stopped_) return;
      impl->found(std::move(addresses));
      impl->look_up_later();
    };
    if (options_.resolve) return options_.resolve(host(), done);
    resolver_.async_resolve(host(), options_.outbox.address.port,
                            [done, name = host()](const boost::system::error_code& error,
                                                  const tcp::resolver::results_type& results) {
                              if (error) return done(Error{error, "look up " + name});
                              Addresses addresses;
                              for (const auto& entry : results) {
                                addresses.push_back(entry.endpoint().address().to_string());
                              }
                              done(std::move(addresses));
                            });
  }

  /// With trouble somewhere the name is asked sooner: whoever is gone has perhaps moved.
  void look_up_later() {
    const auto base = problem().empty() ? options_.resolve_every : options_.resolve_soon;
    const double factor = std::uniform_real_distribution<double>(0.8, 1.2)(random_);
    timer_.expires_after(std::chrono::duration_cast<std::chrono::milliseconds>(base * factor));
    timer_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
      const auto impl = self.lock();
      if (impl && !error && !impl->stopped_) impl->look_up();
    });
  }

  /// A name that cannot be looked up, or has no address now, changes nothing.
  void found(Result<Addresses> addresses) {
    if (addresses && addresses->empty()) addresses = invalid("look up " + host() + ": no address");
    if (!addresses) {
      if (unresolved_.empty()) {
        log::warn("Orchestrators not found", {{"reason", addresses.error().message()}});
      }
      unresolved_ = "orchestrator.url: " + addresses.error().message();
      return;
    }
    unresolved_.clear();
    std::ranges::sort(*addresses);
    addresses->erase(std::unique(addresses->begin(), addresses->end()), addresses->end());
    if (addresses->size() > options_.most_addresses) addresses->resize(options_.most_addresses);
    forget_others(*addresses);
    for (const auto& address : *addresses) meet(address);
    unaddressed_.clear();
    unaddressed_bytes_ = 0;
  }

  void forget_others(const Addresses& addresses) {
    std::erase_if(boxes_, [&](const auto& entry) {
      if (std::ranges::binary_search(addresses, entry.first)) return false;
      auto counts = entry.second->counts();
      counts.dropped += std::exchange(counts.waiting, 0);
      gone_ += counts;
      log::info("Orchestrator is gone", {{"address", entry.first}});
      return true;
    });
  }

  void meet(const std::string& address) {
    if (boxes_.contains(address)) return;
    OutboxOptions options = options_.outbox;
    options.address.host = address;
    auto box = std::make_unique<Outbox>(io_, std::move(options), on_reply_, random_());
    for (const SharedParcel& parcel : unaddressed_) box->push(parcel);
    boxes_.emplace(address, std::move(box));
    log::info("Orchestrator found", {{"address", address}});
  }

  boost::asio::io_context& io_;
  PusherOptions options_;
  OnReply on_reply_;
  std::mt19937_64 random_;
  tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  std::map<std::string, std::unique_ptr<Outbox>> boxes_;
  std::deque<SharedParcel> unaddressed_;
  std::size_t unaddressed_bytes_ = 0;
  PushCounts gone_;
  std::string unresolved_;
  bool begun_ = false, stopped_ = false;
};

Pusher::Pusher(boost::asio::io_context& io, PusherOptions options, OnReply on_reply)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(on_reply))) {}
Pusher::~Pusher() {
  impl_->stop();
}
void Pusher::push(const report::Report& report) {
  impl_->push(report);
}
PushCounts Pusher::counts() const {
  return impl_->counts();
}
std::string Pusher::problem() const {
  return impl_->problem();
}

}  // namespace kernwise::profiler
