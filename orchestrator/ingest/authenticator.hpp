// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "orchestrator/ingest/identity.hpp"
#include "orchestrator/ingest/key_set.hpp"
#include "orchestrator/ingest/peer_limit.hpp"
#include "orchestrator/ingest/recent_map.hpp"

namespace kernwise::ingest {

/// Tells whose token a report came with: asks the API server once per token and minute, waits for
/// one answer however many ask, and grants nothing that nobody stands for. One thread.
class Authenticator {
 public:
  struct Moment {
    MonoTime mono;
    WallTime wall;
  };
  struct Ports {
    std::function<void(const std::string& token, kube::Then<kube::TokenVerdict> then)> review;
    NodeOfPod node_of_pod = {};
    std::function<const KeySet*()> keys = {};  ///< nullptr as long as none are known
    std::function<Moment()> now = {};
    /// Counts what became of each question to the API server, by the name of an Access; `offline`
    /// = granted by the keys instead.
    std::function<void(std::string_view result)> count = {};
  };
  struct Bounds {
    std::size_t known = 16'384;     ///< granted tokens remembered
    std::size_t refused = 4'096;    ///< refused ones
    std::size_t questions = 1'024;  ///< tokens waiting for an answer
    std::size_t at_once = 16;       ///< of these, asked about
    std::size_t askers = 16;        ///< waiting for the same token
    PeerLimit::Rate per_peer = {};
  };
  static constexpr std::chrono::seconds kGrantedFor{60}, kRefusedFor{5};
  static constexpr std::chrono::seconds kAskAgainAfter{45};  ///< in the background
  static constexpr std::chrono::minutes kOfflineFor{10};     ///< after the API server's last word
  static constexpr std::chrono::seconds kOfflineStep{15};    ///< between two questions meanwhile
  static constexpr std::chrono::seconds kAnswerWithin{10};  ///< an answer that takes longer is none

  Authenticator(IdentityRules rules, Ports ports)
      : Authenticator(std::move(rules), std::move(ports), Bounds()) {}
  Authenticator(IdentityRules rules, Ports ports, Bounds bounds);

  /// Answers at once where it can, else later; not at all once this is destroyed.
  using Done = std::function<void(const Standing& verdict)>;
  void check(const std::string& token, const std::string& peer, Done done);
  /// Gives up on answers that take too long. Once per second.
  void tick();

 private:
  struct Known {
    Standing verdict;
    MonoTime until, ask_again, reviewed;
  };
  struct Refused {
    Standing verdict;
    MonoTime until;
  };
  struct Question {
    std::string token;
    std::optional<std::uint64_t> expires;
    std::vector<Done> askers;
    std::uint64_t number = 0;  ///< when it was sent: the how manieth
    MonoTime since = {};       ///< when it was asked
  };

  [[nodiscard]] std::optional<Standing> remembered(const TokenKey& key, const std::string& token,
                                                   const Moment& now);
  [[nodiscard]] bool trusted(Known& known, const std::string& token, const Moment& now);
  void ask_again(const TokenKey& key, const std::string& token, Known& known, const Moment& now);
  [[nodiscard]] bool good_offline(const Known& known, const std::string& token,
                                  const Moment& now) const;
  void join(Question& question, Done done);
  void ask(const TokenKey& key, Question question);
  void send_some();
  void answered(const TokenKey& key, const Result<kube::TokenVerdict>& said);
  Standing remember(const TokenKey& key, const Question& question, const kube::TokenVerdict& said,
                    const Moment& now);
  Standing without_answer(const TokenKey& key, const Question& question, const Error& error,
                          const Moment& now);

  IdentityRules rules_;
  Ports ports_;
  Bounds bounds_;
  PeerLimit limit_;
  RecentMap<TokenKey, Known> known_;
  RecentMap<TokenKey, Refused> refused_;
  std::map<TokenKey, Question> questions_;
  std::deque<TokenKey> waiting_;
  std::size_t asked_ = 0;
  std::uint64_t sent_ = 0;
  bool away_ = false;  ///< the API server did not answer the last question
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace kernwise::ingest
