#pragma once
// What a sequence of tasks did to each of them (S4): the forgetting matrix on dev and its summary.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace polyclinic {

// `scores[i][j]`: dev score of task j after phase i; `untrained[j]`: before training; tasks in the order of training.
// -> {"tasks", "untrained", "matrix", "average", "backward", "forward", "forgetting": {task: ...}, "mean_forgetting"}
nlohmann::ordered_json transfer_json(const std::vector<std::string>& tasks,
                                     const std::vector<std::vector<double>>& scores,
                                     const std::vector<double>& untrained);
// For people; `report` is transfer_json's.
std::string transfer_table(const nlohmann::ordered_json& report);

}  // namespace polyclinic
