#pragma once
// OmegaConf's merge of one tree into another, and the setting of single values below a key.
#include <stdexcept>
#include <string>

#include "config/node.h"

namespace polyclinic {

class MergeError : public std::runtime_error {
 public:
  MergeError(const std::string& what, std::string key, Origin origin)
      : std::runtime_error(what), key_(std::move(key)), origin_(std::move(origin)) {}
  const std::string& key() const { return key_; }
  const Origin& origin() const { return origin_; }

 private:
  std::string key_;
  Origin origin_;
};

// dest <- src. With `strict`, no mapping of dest takes a new key.
void merge_into(Node& dest, const Node& src, bool strict);

// OmegaConf.update: sets `value` at a dotted key. Mappings merge, anything else replaces. With `force`, mappings on
// the way are made and new keys are taken; else a key that is not there is a MergeError.
void update_key(Node& root, const std::string& key, NodePtr value, bool merge, bool force);

}  // namespace polyclinic
