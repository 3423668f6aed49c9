#pragma once
// One verb of the command line. A verb's file declares its options on the sub-command and returns what to do once they
// are parsed; registry.cpp lists the verbs. A verb returns an exit code and reports bad input by throwing Error.
#include <functional>
#include <vector>

namespace CLI {
class App;
}

namespace polyclinic {

struct Verb {
  const char* name;     // "score"; "data synth" is the sub-verb synth of data
  const char* summary;  // one line of `polyclinic --help`
  // Null in the program polyclinic when the verb computes with torch: polyclinic-engine, beside it, has it.
  std::function<int()> (*declare)(CLI::App& command);
};

const std::vector<Verb>& verbs();

}  // namespace polyclinic
