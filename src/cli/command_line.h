#pragma once
// From the words of the command line to a verb that runs. The program polyclinic starts in a millisecond because it
// links no torch; a verb that it lists without a declaration is run by polyclinic-engine, which replaces the process.
#include <functional>
#include <string>
#include <vector>

#include "cli/verb.h"

namespace polyclinic {

// `words` without the program's name. The verb that they name, or null when they only ask for help of the program or
// of a group. InputError with the nearest name when there is no such verb.
const Verb* find_verb(const std::vector<Verb>& verbs, const std::vector<std::string>& words);

// Runs the verb and returns the exit code. Any wrong word is an InputError; `engine` gets the words of a verb without
// a declaration.
int run_command_line(const std::vector<Verb>& verbs, const std::vector<std::string>& words,
                     const std::function<int(const std::vector<std::string>&)>& engine);

// Replaces this process by polyclinic-engine, which lies beside this program. FailedError when that cannot be started.
int run_engine(const std::vector<std::string>& words);

}  // namespace polyclinic
