#pragma once
// Who holds a run: a mark of a process that no later process bears, whatever its number.
#include <string>

namespace polyclinic {

std::string this_process();
// False when the process of that mark is known to be gone. A process of another machine counts as alive.
bool is_alive(const std::string& process_mark);

}  // namespace polyclinic
