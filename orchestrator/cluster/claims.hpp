// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <set>
#include <string>

#include "orchestrator/view/name_book.hpp"

/// Keys that several may claim, such as an address while it goes from one pod to the next.
namespace kernwise::cluster {

using Claims = view::SharedMap<view::NameBook::Claims>;

/// Removes `value` from the set at `key`, and the set when it is empty then.
template <class Index>
void take_out(Index& index, const std::string& key, const std::string& value) {
  const auto found = index.find(key);
  if (found == index.end()) return;
  found->second.erase(value);
  if (found->second.empty()) index.erase(found);
}

/// `by` is one more who claims `key`.
inline void claim(Claims::Edit& claims, const std::string& key, const std::string& by) {
  auto& all = claims.at(key);
  all.insert(std::lower_bound(all.begin(), all.end(), by), by);
}

/// `by` claims `key` no longer.
inline void give_up(Claims::Edit& claims, const std::string& key, const std::string& by) {
  auto& all = claims.at(key);
  std::erase(all, by);
  if (all.empty()) claims.erase(key);
}

/// `by` claims what is in `after` and no longer what was in `before`. Gives whether that differs.
inline bool move_claims(Claims::Edit& claims, const std::set<std::string, std::less<>>& before,
                        const std::set<std::string, std::less<>>& after, const std::string& by) {
  if (before == after) return false;
  for (const auto& key : before) {
    if (!after.contains(key)) give_up(claims, key, by);
  }
  for (const auto& key : after) {
    if (!before.contains(key)) claim(claims, key, by);
  }
  return true;
}

}  // namespace kernwise::cluster
