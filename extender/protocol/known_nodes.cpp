// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/known_nodes.hpp"

#include <algorithm>
#include <numeric>

#include "extender/protocol/encode.hpp"

namespace kernwise::protocol {

using placement::kNoRow;

void KnownNodes::begin(const placement::NodeIndex& index) {
  index_ = &index;
  if (successor_.size() != index.size() + 1) {
    successor_.resize(index.size() + 1);
    std::iota(successor_.begin(), successor_.end(), 1U);
    successor_.back() = 0;
  }
  previous_ = static_cast<std::uint32_t>(index.size());
  kept_order_ = true;
  if (fingerprint_ != index.fingerprint() || starts_.size() != index.size() + 1) make_texts();
}

void KnownNodes::make_texts() {
  fingerprint_ = index_->fingerprint();
  texts_.clear();
  starts_.assign(1, 0);
  longest_ = 0;
  plain_ = true;
  for (std::uint32_t row = 0; row < index_->size(); ++row) {
    const std::size_t begin = texts_.size();
    append_host(texts_, index_->name(row));
    const std::size_t bytes = texts_.size() - begin;
    starts_.push_back(static_cast<std::uint32_t>(texts_.size()));
    longest_ = std::max(longest_, bytes);
    plain_ = plain_ && bytes == kBefore + index_->name(row).size() + kBehind;
  }
  texts_.append(kPadding, ' ');
}

std::uint32_t KnownNodes::next(std::string_view name) {
  const std::uint32_t found = index_->find(name, successor_[previous_]);
  if (found == kNoRow) return found;
  if (successor_[previous_] != found) {
    // Where a request begins is no row, and nothing leads back to it.
    kept_order_ = kept_order_ && previous_ == index_->size();
    successor_[previous_] = found;
  }
  previous_ = found;
  return found;
}

KnownNodes::Texts KnownNodes::texts() const {
  Texts texts;
  texts.bytes_ = texts_.data();
  texts.starts_ = starts_.data();
  return texts;
}

KnownNodes::Walk KnownNodes::walk() const {
  Walk walk;
  walk.successor_ = successor_.data();
  walk.texts_ = texts();
  walk.size_ = plain_ ? static_cast<std::uint32_t>(starts_.size() - 1) : 0;
  walk.previous_ = previous_;
  return walk;
}

}  // namespace kernwise::protocol
