#pragma once
// What the command line and `override` items of defaults lists choose, delete and append.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/defaults_tree.h"

namespace polyclinic {

// "a, b, c"
std::string list_of(const std::vector<std::string>& names);

// InputError: an override whose value is no name and no list of names.
[[noreturn]] void refuse_options(const std::string& override);

class DefaultsChoices {
 public:
  DefaultsChoices(Repository& repository, const std::vector<Override>& overrides);

  // An `override` item of the config `from`; the first of a key wins.
  void add_override(const DefaultNode& node, const std::string& from, const std::string& file);
  // Gives the node the option that was chosen for its group, if any was.
  void apply(DefaultNode& node);
  bool deletes(const DefaultNode& node);
  // Notes the option of a group that is reached. InputError when the same key already has another.
  void record(const DefaultNode& node);
  // InputError for a choice or a deletion that met no group.
  void require_all_used() const;

  std::vector<DefaultItem> appended;                                      // +group=option
  std::vector<Override> values;                                           // overrides that choose no group
  std::vector<std::pair<std::string, std::optional<std::string>>> known;  // chosen option of each group reached

 private:
  struct Choice {
    DefaultItem value;  // is_null, is_list and values
    bool external = false;
    std::string from;  // config that holds the `override`
    Where where;
    bool used = false;
  };
  struct Deletion {
    std::string key;
    std::optional<std::string> value;
    bool used = false;
  };

  Choice* find(const std::string& key);
  void add(Repository& repository, const Override& override);
  void add_deletion(const Override& override, bool none);

  std::vector<std::pair<std::string, Choice>> choices_;
  std::vector<Deletion> deletions_;
  std::map<std::string, std::set<std::string>> groups_;
};

}  // namespace polyclinic
