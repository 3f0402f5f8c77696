// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "test/fakes/kube/reply.hpp"
#include "test/fakes/kube/selector.hpp"
#include "test/fakes/kube/store.hpp"

namespace kernwise::test {

struct Ownership;

struct User {
  std::string name = "admin", uid = {};
  std::vector<std::string> groups = {};
  std::map<std::string, std::vector<std::string>> extra = {};
};

/// A bearer token and whom it is for.
struct Token {
  User user = {};
  std::vector<std::string> audiences = {};  ///< empty = that of the API server
  std::optional<WallTime> expires = {};
  /// The pod it is bound to: without that pod (by uid) it is worth nothing.
  std::string pod_namespace = {}, pod_name = {}, pod_uid = {};
};

/// One request that may have changed something, for checks of who wrote what in which order.
struct Write {
  std::string user, method, path, body;
  int status = 0;
  bool dry_run = false;
  std::uint64_t before = 0, after = 0;  ///< revision of the whole store
};

/// Where the events of a watch go.
class WatchSink {
 public:
  virtual ~WatchSink() = default;
  virtual void event(const std::string& line) = 0;  ///< without the line's end
  virtual void end() = 0;                           ///< the server closes it properly
};

/// An API server without sockets, threads or a clock: what it answers to a request, as the real one
/// does (test/fakes/kube/scenario runs both). One thread.
///
///     FakeApi api([&] { return now; });
///     api.put(json_of(R"({"apiVersion":"v1","kind":"Pod","metadata":{...},...})"));
///     api.add_token("secret", {.user = {.name = "system:serviceaccount:kernwise:orchestrator"}});
///     auto reply = api.call({.path = "/api/v1/pods", .token = "secret"});
///
/// The token `admin` is there from the start. Everybody with a token may do everything, unless
/// `permit` says otherwise.
class FakeApi {
 public:
  using Clock = std::function<WallTime()>;
  /// What somebody wants to do. Verbs as in RBAC.
  struct Attempt {
    const User& user;
    std::string verb, group, resource, subresource, name_space, name;
  };
  using Permit = std::function<bool(const Attempt&)>;

  explicit FakeApi(Clock now);

  // As the cluster's administrator and its controllers: no authentication, validation or audit.
  [[nodiscard]] Resources& resources() { return resources_; }
  [[nodiscard]] ObjectStore& store() { return store_; }
  /// Creates or replaces an object as it is, status too; fills in what every object has. Throws
  /// when its type is not known.
  Object put(Json object);
  void remove(std::string_view api_version, std::string_view kind, const std::string& name_space,
              const std::string& name);
  [[nodiscard]] Object find(std::string_view api_version, std::string_view kind,
                            const std::string& name_space, const std::string& name) const;
  void add_token(const std::string& text, Token token) { tokens_[text] = std::move(token); }
  void drop_token(const std::string& text) { tokens_.erase(text); }
  void permit(Permit permit) { permit_ = std::move(permit); }
  /// Off = a server that does not know sendInitialEvents (before 1.32).
  void allow_streaming_lists(bool allow) { streaming_lists_ = allow; }
  [[nodiscard]] const std::vector<Write>& writes() const { return writes_; }

  /// Any request but a watch.
  [[nodiscard]] Reply call(const Call& call);

  /// Begins a watch and tells its number, or why not. `sink` must live until `close` or its end;
  /// it gets its first events before this returns.
  struct Watching {
    std::uint64_t id = 0;
    std::optional<Reply> refused = {};
  };
  [[nodiscard]] Watching watch(const Call& call, WatchSink& sink);
  void close(std::uint64_t id) { watches_.erase(id); }
  [[nodiscard]] std::size_t watches() const { return watches_.size(); }
  /// Ends the watches whose timeoutSeconds are over and sends the bookmarks that are due.
  void tick();
  /// Sends a bookmark to every watch that asked for them.
  void send_bookmarks();
  void end_watches();

 private:
  struct Watch {
    const Resource* resource;
    Selector selector;
    WatchSink* sink;
    bool bookmarks = false;
    std::uint64_t seen = 0;  ///< changes up to this revision are not sent
    WallTime deadline = WallTime::max(), next_bookmark = WallTime::max();
  };
  struct Session {
    const Call& call;
    User user;
    Target target;
    bool dry_run = false;
  };
  using Refusal = std::optional<Reply>;

  // api.cpp
  [[nodiscard]] const Token* known(const std::string& text) const;
  [[nodiscard]] Refusal authenticate(const Call& call, User& user) const;
  [[nodiscard]] Refusal authorise(const Session& session) const;
  [[nodiscard]] Reply dispatch(const Session& session);
  [[nodiscard]] Reply read(const Session& session);
  [[nodiscard]] Reply change(const Session& session);
  [[nodiscard]] Reply subresource(const Session& session);
  void fill_in(const Resource& resource, Json& object);

  // api_read.cpp
  [[nodiscard]] std::optional<Reply> page(const std::string& path) const;
  [[nodiscard]] Reply get(const Session& session);
  [[nodiscard]] Reply list(const Session& session);
  [[nodiscard]] static Refusal check_version(const Call& call);
  [[nodiscard]] Refusal parse_selector(const Session& session, Selector& selector) const;

  // api_write.cpp
  [[nodiscard]] Refusal parse_body(const Session& session, Json& body) const;
  [[nodiscard]] Reply create(const Session& session);
  [[nodiscard]] Reply replace(const Session& session);
  [[nodiscard]] Reply patch(const Session& session);
  [[nodiscard]] Reply erase(const Session& session);
  [[nodiscard]] Reply update(const Session& session, const Object& before, Json after);
  [[nodiscard]] Refusal apply_patch(const Session& session, Json& target) const;
  void keep_what_is_not_theirs(const Session& session, const Json& before, Json& after) const;
  [[nodiscard]] Refusal refuse_target(const Call& call) const;
  [[nodiscard]] Reply commit(const Session& session, const Object& before, Json after);

  // api_apply.cpp
  [[nodiscard]] Reply apply(const Session& session);
  void own(Json& object, const std::vector<Ownership>& owners, const Json& before) const;
  void track(const Session& session, const Json& before, Json& after) const;

  // api_pods.cpp
  static void default_pod(Json& pod);
  [[nodiscard]] static Refusal check_pod(const Session& session, const Json& before,
                                         const Json& after);
  [[nodiscard]] Reply erase_pod(const Session& session, const Json& pod, const Json& options);
  [[nodiscard]] Reply bind(const Session& session);
  void define_custom(const Json& definition);

  // api_scale.cpp, api_resize.cpp, api_review.cpp
  [[nodiscard]] Reply scale(const Session& session);
  [[nodiscard]] Reply resize(const Session& session);
  [[nodiscard]] Refusal check_node(const Json& pod) const;
  [[nodiscard]] std::optional<Reply> review(const Call& call, const User& user);
  [[nodiscard]] Reply review_token(const Json& body) const;
  [[nodiscard]] Reply review_access(const Json& body) const;
  [[nodiscard]] Reply issue_token(const Session& session);

  // api_watch.cpp
  void on_change(const Change& change);
  void send(const Watch& watch, const Change& change) const;
  void send_bookmark(const Watch& watch, bool initial_end) const;
  [[nodiscard]] Refusal begin(const Session& session, Watch& watch);
  [[nodiscard]] Refusal begin_streaming(const Call& call) const;

  Clock now_;
  Resources resources_;
  ObjectStore store_;
  std::map<std::string, Token> tokens_;
  Permit permit_;
  bool streaming_lists_ = true;
  std::vector<Write> writes_;
  std::map<std::uint64_t, Watch> watches_;
  std::uint64_t next_watch_ = 1, next_uid_ = 1, next_token_ = 1;
};

}  // namespace kernwise::test
