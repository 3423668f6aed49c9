#include "adapter/bank.h"

#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cassert>

#include "adapter/dropout.h"
#include "core/concat.h"

namespace polyclinic {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What backward needs besides tensors; lives in the graph node.
struct Call : torch::CustomClassHolder {
  Bank* bank = nullptr;
  const FrozenWeight* weight = nullptr;
  std::shared_ptr<const Routing> routing;
  std::vector<Piece> pieces;
  at::Tensor kept;  // the dropout mask, where it is kept

  // x, or its gradient, through the adapter's dropout.
  at::Tensor dropped(const at::Tensor& x) {
    return routing->dropout() ? apply_dropout(x, *routing, bank->context().plan.dropout, bank->id(), &kept) : x;
  }
};

at::Tensor run_forward(Call& call, const at::Tensor& x, variable_list* saved) {
  const AdapterContext& context = call.bank->context();
  at::Tensor y;
  std::vector<PieceCodes> codes;
  context.side.run(
      x, [&] { y = call.weight->forward(x); },
      [&] {
        call.pieces = call.bank->pieces(*call.routing, x.options());  // copies the factors after a step
        const at::Tensor input = call.dropped(x);
        for (const Piece& piece : call.pieces) {
          codes.push_back(piece_codes(context.plan, piece, input.narrow(0, piece.begin, piece.end - piece.begin)));
        }
      });
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const Piece& piece = call.pieces[i];
    at::Tensor rows = y.narrow(0, piece.begin, piece.end - piece.begin);
    piece_add(context.plan, call.bank->part_rows(), piece, codes[i], rows);
    if (saved == nullptr) continue;
    saved->push_back(std::move(codes[i].h));
    saved->push_back(std::move(codes[i].q));
  }
  return y;
}

// Gradients of the parameters; returns those of the codes, one a piece.
variable_list run_backward(Call& call, const variable_list& saved, const at::Tensor& dy) {
  const Bank& bank = *call.bank;
  const at::Tensor input = call.dropped(saved.front());
  variable_list out;
  for (std::size_t i = 0; i < call.pieces.size(); ++i) {
    const Piece& piece = call.pieces[i];
    const std::int64_t count = piece.end - piece.begin;
    out.push_back(piece_backward(bank.context().plan, bank.part_rows(), bank.parameters(), *bank.context().store, piece,
                                 {saved[1 + 2 * i], saved[2 + 2 * i]}, input.narrow(0, piece.begin, count),
                                 dy.narrow(0, piece.begin, count)));
  }
  return out;
}

class BankFunction : public torch::autograd::Function<BankFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& /*anchor*/,
                            const c10::intrusive_ptr<Call>& call) {
    variable_list saved{x};
    at::Tensor y = run_forward(*call, x, &saved);
    context->save_for_backward(std::move(saved));
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto capsule = context->saved_data["call"].toCapsule();
    auto& call = static_cast<Call&>(*capsule);
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved.front();
    const at::Tensor dy = gradients.front().contiguous();
    const bool wants_dx = context->needs_input_grad(0);
    const bool dropout = call.routing->dropout();
    const Bank& bank = *call.bank;
    at::Tensor dx;
    variable_list dcodes;
    bank.context().side.run(
        dy, [&] { dx = wants_dx ? call.weight->backward(dy) : at::Tensor(); },
        [&] { dcodes = run_backward(call, saved, dy); });
    at::Tensor dinput = !wants_dx ? at::Tensor() : dropout ? at::zeros_like(x) : dx;
    for (std::size_t i = 0; wants_dx && i < call.pieces.size(); ++i) {
      const Piece& piece = call.pieces[i];
      dinput.narrow(0, piece.begin, piece.end - piece.begin).addmm_(dcodes[i], piece.stack->a());
    }
    if (wants_dx && dropout) dx.add_(call.dropped(dinput));
    return {dx, at::Tensor(), at::Tensor()};
  }
};

// What a call costs against what it saves; choices by it depend on shapes alone, so that they repeat.
bool calls_pay(double calls, double flops, bool cuda) {
  return calls * (cuda ? 8e-6 : 2e-6) < flops / (cuda ? 2e14 : 5e10);
}

std::string parameter_name(const std::string& path, const std::string& part, const char* factor,
                           const std::string& slot) {
  return concat("base_model.model.", path, ".", part, ".", factor, ".", slot, ".weight");
}

}  // namespace

Bank::Bank(std::shared_ptr<AdapterContext> context, const Projection& projection, std::vector<Part> parts,
           std::uint32_t id)
    : context_(std::move(context)),
      path_(projection.path()),
      parts_(std::move(parts)),
      parameters_(context_->plan.slots.size()),
      id_(id),
      inputs_(projection.weight().columns()),
      outputs_(0),
      rows_(projection.weight().rows()) {
  assert(!parts_.empty());
  for (const Part& part : parts_) {
    part_rows_.push_back(part.rows);
    outputs_ += part.rows.count;
  }
  for (std::size_t slot = 0; slot < parameters_.size(); ++slot) {
    declare(slot, inputs_);
    ranks_.push_back(0);
    for (const SlotParameters::Part& part : parameters_[slot].parts) ranks_.back() += part.rank;
  }
}

void Bank::declare(std::size_t slot, std::int64_t inputs) {
  const AdapterPlan& plan = context_->plan;
  const SlotSpec& spec = plan.slots[slot];
  ParameterStore& store = *context_->store;
  const auto add = [&](const std::string& part, const char* factor, std::int64_t rows, std::int64_t columns) {
    const std::size_t index =
        store.add(parameter_name(path_, part, factor, spec.name), {rows, columns}, spec.name, spec.per_task_gradients);
    store.defer(index);
    return index;
  };
  for (const Part& part : parts_) {
    SlotParameters::Part out;
    out.rank = spec.rank_of(path_, part.name);
    out.a = add(part.name, "lora_A", out.rank, inputs);  // side by side: one product makes the gradients of all parts
    parameters_[slot].parts.push_back(out);
  }
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    SlotParameters::Part& out = parameters_[slot].parts[p];
    out.b = add(parts_[p].name, "lora_B", parts_[p].rows.count, out.rank);
    if (plan.combine == Combine::attention) out.k = add(parts_[p].name, "fusion_K", out.rank, plan.fusion_width);
  }
  // One query for the parts of a merged linear: they read the same input.
  if (plan.fused() && slot == 0) {
    std::string names;
    for (const Part& part : parts_) names += concat(names.empty() ? "" : "+", part.name);
    parameters_[slot].query = add(names, "fusion_Q", plan.query_width(), inputs);
  }
}

double Bank::mean_width() const {
  return static_cast<double>(inputs_) + static_cast<double>(outputs_) / static_cast<double>(parts_.size());
}

Stack& Bank::stack(const std::vector<std::size_t>& slots, const at::TensorOptions& options) {
  auto found = std::find_if(stacks_.begin(), stacks_.end(), [&](const auto& s) { return s->slots() == slots; });
  if (found == stacks_.end()) {
    stacks_.push_back(std::make_unique<Stack>(context_->plan, parameters_, slots, part_rows_, rows_));
    found = std::prev(stacks_.end());
  }
  ParameterStore& store = *context_->store;
  if ((*found)->allocate(store, options)) context_->copies.replace(found->get(), (*found)->copies(), store);
  context_->copies.refresh(store);
  return **found;
}

// Two forms of the same sum. By route: neighbouring rows multiply with their own slots only; exact work, some calls a
// piece. Masked: all rows multiply with all slots of the pack and a mask drops what is not theirs; one call, more work.
bool Bank::apart_by_route(const Routing& routing, std::size_t pieces, bool cuda) const {
  if (pieces == 1) return true;
  const AdapterPlan& plan = context_->plan;
  double all = 0, wasted = 0;
  for (const std::size_t slot : routing.slots()) all += static_cast<double>(ranks_[slot]);
  for (const RowRun& run : routing.runs()) {
    double idle = all;
    for (const std::size_t slot : plan.routes[run.route].slots) idle -= static_cast<double>(ranks_[slot]);
    wasted += idle * static_cast<double>(run.end - run.begin);
  }
  const double calls_a_piece = 4 + (plan.fused() ? 30.0 : 8.0) * static_cast<double>(parts_.size());
  // 6: codes, output, two input and two parameter gradients.
  return calls_pay(static_cast<double>(pieces - 1) * calls_a_piece, 6 * wasted * mean_width(), cuda);
}

// The same for gradients that are kept apart by task: a product for each task's rows, or one with the codes spread over
// as many columns as there are tasks.
bool Bank::apart_by_task(const Routing& routing, bool cuda) const {
  const AdapterPlan& plan = context_->plan;
  double apart = 0;
  for (const std::size_t slot : routing.slots()) {
    if (plan.slots[slot].per_task_gradients) apart += static_cast<double>(ranks_[slot]);
  }
  const double calls = static_cast<double>(routing.runs().size()) * (1 + static_cast<double>(parts_.size()));
  const double columns = apart * static_cast<double>(plan.tasks - 1) * 2;
  return calls_pay(calls, columns * static_cast<double>(routing.rows()) * mean_width(), cuda);
}

std::vector<Piece> Bank::pieces(const Routing& routing, const at::TensorOptions& options) {
  const bool cuda = options.device().is_cuda();
  const bool by_route = apart_by_route(routing, routing.pieces(), cuda);
  const bool wants_tasks = context_->store->per_task_count() > 0;
  const bool grouped = cuda && context_->store->values().scalar_type() == at::kFloat && routing.runs().size() > 1 &&
                       (wants_tasks || !by_route);
  const bool by_task = grouped || (wants_tasks && apart_by_task(routing, cuda));
  std::vector<Piece> out;
  for (const RowRun& run : routing.runs()) {
    const std::vector<std::size_t>& slots = by_route ? context_->plan.routes[run.route].slots : routing.slots();
    if (out.empty() || out.back().stack->slots() != slots) {
      const Stack& used = stack(slots, options);
      out.push_back({run.begin, run.end, &used, used.scale(), {}, {}, {}, grouped});
      if (!context_->plan.fused()) out.back().scale = used.common_scale();
    }
    Piece& piece = out.back();
    piece.end = run.end;
    if (by_task) piece.tasks.push_back({run.begin - piece.begin, run.end - run.begin, run.task, run.route});
  }
  if (!by_route && !routing.uniform()) {
    const Stack& used = *out.front().stack;
    out.front().multiplier =
        routing.by_layout(used.layout(), options, [&](const at::Tensor& mask) { return used.multiplier(mask); });
    out.front().scale.reset();
  }
  for (Piece& piece : out) {
    if (wants_tasks && !by_task) {
      piece.task_mask = routing.task_mask(options).narrow(0, piece.begin, piece.end - piece.begin);
    }
  }
  return out;
}

at::Tensor Bank::forward(const at::Tensor& x, const FrozenWeight& weight, const PackTensors& pack,
                         std::int64_t first_row) {
  assert(context_->routing != nullptr && context_->routing->rows() == pack.tokens());
  const auto call = c10::make_intrusive<Call>();
  call->bank = this;
  call->weight = &weight;
  call->routing = x.size(0) == pack.tokens() ? context_->routing
                                             : Routing::slice(context_->routing, first_row, first_row + x.size(0));
  if (c10::GradMode::is_enabled()) return BankFunction::apply(x, context_->anchor, call);
  return run_forward(*call, x, nullptr);
}

}  // namespace polyclinic
