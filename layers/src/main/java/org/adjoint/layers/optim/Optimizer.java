package org.adjoint.layers.optim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.adjoint.autograd.RowGradient;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UpdateKernels;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.layers.Network;
import org.adjoint.layers.Parameter;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Changes parameters along their gradients: one fused kernel a parameter and step. An optimizer is
 * an {@link org.adjoint.kernels.UpdateRule}, which says what a parameter and its state become, and
 * the numbers that the rule is given at each step.
 *
 * <p>The state (velocities, moments, the number of steps) can be taken out as named tensors and put
 * back, so that training resumes with the same bits.
 */
public abstract class Optimizer {
  private static final String STEPS = "steps";

  /** A parameter, its group and its state. */
  private static final class Slot {
    final String name;
    final Parameter parameter;
    final @Nullable Tensor[] state;

    /** Which states were put back to what they are before the first step. */
    final boolean[] unused;

    ParameterGroup group;

    Slot(String name, Parameter parameter, int states, ParameterGroup group) {
      this.name = name;
      this.parameter = parameter;
      this.state = new @Nullable Tensor[states];
      this.unused = new boolean[states];
      this.group = group;
    }
  }

  private final List<Slot> slots = new ArrayList<>();
  private final List<ParameterGroup> groups = new ArrayList<>();
  private final List<Clipping> clippings = new ArrayList<>();
  private final List<String> stateNames;
  private final Map<UpdateRule, UpdateRule> ascents = new HashMap<>();
  private double learningRate;
  private double momentum;
  private boolean hasMomentum;
  private boolean ascending;
  private long steps;
  private long stepsRestored;

  /**
   * Creates an optimizer of all parameters of a network; those that are frozen, or have no
   * gradient, at a step are left alone.
   *
   * @param learningRate η
   * @param weightDecay λ
   * @param stateNames what the state tensors of each parameter are called, as in its rules
   * @throws ArgumentException if the network has no parameters, or a setting is negative or NaN
   */
  protected Optimizer(
      Network network, double learningRate, double weightDecay, List<String> stateNames) {
    this.stateNames = List.copyOf(stateNames);
    ParameterGroup all = new ParameterGroup(0).weightDecay(weightDecay);
    groups.add(all);
    Set<Parameter> known = Collections.newSetFromMap(new IdentityHashMap<>());
    network
        .parameters()
        .forEach(
            (name, p) -> {
              if (known.add(p)) {
                slots.add(new Slot(name, p, this.stateNames.size(), all));
              }
            });
    if (slots.isEmpty()) {
      throw new ArgumentException(
          "optimizer", "network", network, "it has no parameters; there is nothing to train");
    }
    learningRate(learningRate);
  }

  /** Returns the learning rate of the next step. */
  public final double learningRate() {
    return learningRate;
  }

  /**
   * Sets the learning rate of the next steps.
   *
   * @throws ArgumentException if it is negative or not a number
   */
  public final void learningRate(double rate) {
    learningRate = Settings.notNegative("learningRate", rate);
  }

  /**
   * Returns the momentum of the next step, μ of descent and RMSProp, β₁ of Adam, AdamW and RAdam; 0
   * if the optimizer has none that may change.
   */
  public final double momentum() {
    return momentum;
  }

  /**
   * Sets the momentum of the next steps, so that it may be cycled against the learning rate; see
   * {@link Schedules#oneCycleMomentum}.
   *
   * @throws ArgumentException if it is not between 0 and 1, or the optimizer has none
   */
  public final void momentum(double value) {
    if (!hasMomentum) {
      throw new ArgumentException(
          "optimizer", "momentum", value, this + " was made without a momentum that may change");
    }
    momentum = Settings.positive("momentum", Settings.decay("momentum", value));
  }

  /** Says that there is a momentum that may change, and what it begins with. */
  protected final void startMomentum(double value) {
    momentum = value;
    hasMomentum = true;
  }

  /**
   * Chooses whether steps climb, to where what was called the loss is largest, instead of
   * descending: the gradient is taken with the other sign, weight decay is not.
   */
  public final void maximize(boolean on) {
    ascending = on;
  }

  /** Returns whether steps climb. */
  public final boolean isMaximizing() {
    return ascending;
  }

  /** Returns the weight decay λ of the parameters that are in no group of their own. */
  public final double weightDecay() {
    return groups.getFirst().weightDecay();
  }

  /**
   * Makes a group of the parameters whose dotted names fit, taking them out of the groups that they
   * were in. It begins with the optimizer's settings.
   *
   * @throws ArgumentException if no name fits
   */
  public final ParameterGroup group(Predicate<String> names) {
    ParameterGroup group = new ParameterGroup(weightDecay());
    int count = 0;
    for (Slot slot : slots) {
      if (names.test(slot.name)) {
        slot.group = group;
        count++;
      }
    }
    if (count == 0) {
      throw new ArgumentException(
          "group",
          "names",
          "fit none",
          "the parameters are " + slots.stream().map(s -> s.name).toList());
    }
    groups.add(group);
    return group;
  }

  /**
   * Keeps gradients or parameters within bounds at each step from now on, in the order of calls.
   */
  public final void clip(Clipping clipping) {
    clippings.add(clipping);
  }

  /** Returns how many steps were made. */
  public final long steps() {
    return steps;
  }

  /** Forgets all gradients. */
  public final void resetGradients() {
    for (int i = 0; i < slots.size(); i++) {
      slots.get(i).parameter.resetGradient();
    }
  }

  /** Changes every trainable parameter that has a gradient. The gradients stay. */
  public final void step() {
    begin();
    List<Parameter> changed = clippings.isEmpty() ? List.of() : changed();
    for (int i = 0; i < clippings.size(); i++) {
      clippings.get(i).before(changed);
    }
    for (int i = 0; i < slots.size(); i++) {
      step(slots.get(i));
    }
    for (int i = 0; i < clippings.size(); i++) {
      clippings.get(i).after(changed);
    }
  }

  private void step(Slot slot) {
    Parameter p = slot.parameter;
    if (!p.hasGradient() || !p.isTrainable()) {
      return;
    }
    ParameterGroup group = slot.group;
    UpdateStep step = Objects.requireNonNull(group.step);
    UpdateKernels kernels = Backends.kernels(p.value().device()).updates();
    RowGradient rows = p.rowGradient();
    Recording recording = Recording.current();
    if (rows != null && recording != null) {
      recording.guard(group, "updates of single rows", () -> sparesRows(group));
    }
    if (rows != null && sparesRows(group)) {
      kernels.updateRows(step, rows.index(), operands(slot, rows.rows()));
    } else {
      kernels.update(step, operands(slot, Objects.requireNonNull(p.gradient())));
    }
  }

  private boolean sparesRows(ParameterGroup group) {
    return group.isSparse() || !ascending && keepsRows(group.weightDecay());
  }

  private List<Parameter> changed() {
    return slots.stream()
        .map(s -> s.parameter)
        .filter(p -> p.hasGradient() && p.isTrainable())
        .toList();
  }

  /**
   * Returns whether a step leaves a row of a table whose gradient is zero as it is, bit for bit,
   * and has no state: then only the rows that were looked up are updated.
   *
   * @param weightDecay the decay of the table's group
   */
  protected boolean keepsRows(double weightDecay) {
    return false;
  }

  private Tensor[] operands(Slot slot, Tensor gradient) {
    Tensor[] t = new Tensor[2 + slot.state.length];
    t[0] = slot.parameter.value();
    t[1] = gradient;
    for (int s = 0; s < slot.state.length; s++) {
      Tensor state = slot.state[s];
      if (state == null) {
        state = initial(s, t[0]);
        slot.state[s] = state;
        Recording recording = Recording.current();
        if (recording != null) {
          recording.keeps(state);
        }
      }
      t[2 + s] = state;
    }
    return t;
  }

  /**
   * Begins a step. If it is only recorded, each replay begins one of its own: the first group's
   * settings are asked for first, and count it.
   */
  private void begin() {
    Recording recording = Recording.current();
    if (recording != null) {
      long before = steps;
      recording.undo(() -> steps = before);
      recording.update();
      recording.guard(this, "parameter groups", groups::size);
      recording.guard(this, "clippings", clippings::size);
    }
    steps++;
    for (int i = 0; i < groups.size(); i++) {
      ParameterGroup group = groups.get(i);
      UpdateStep now = settings(group);
      if (recording != null) {
        boolean first = i == 0;
        recording.input(
            now,
            () -> {
              steps += first ? 1 : 0;
              return settings(group);
            });
      }
    }
  }

  private UpdateStep settings(ParameterGroup group) {
    UpdateStep now = settings(steps, learningRate * group.rateFactor(), group.weightDecay());
    if (ascending) {
      UpdateRule rule = ascents.computeIfAbsent(now.rule(), Optimizer::ascent);
      now = new UpdateStep(rule, now.numbers());
    }
    group.step = now;
    return now;
  }

  /** The rule with −g in the place of g. */
  private static UpdateRule ascent(UpdateRule rule) {
    List<Expr> operands = new ArrayList<>();
    for (int i = 0; i < rule.tensors(); i++) {
      operands.add(i == 1 ? Expr.operand(i).negated() : Expr.operand(i));
    }
    Expr[] results = rule.results().stream().map(e -> e.substitute(operands)).toArray(Expr[]::new);
    return new UpdateRule(rule.name(), rule.states(), rule.numbers(), results);
  }

  /**
   * Returns the settings of a step.
   *
   * @param step its number, from 1
   * @param rate the learning rate of a group of parameters
   * @param weightDecay the decay of the group
   */
  protected abstract UpdateStep settings(long step, double rate, double weightDecay);

  /**
   * Returns what a state tensor is before the first step, zeros unless told otherwise.
   *
   * @param state the number of the state
   * @param parameter whose state it is
   */
  protected Tensor initial(int state, Tensor parameter) {
    return Tensor.zeros(parameter.device(), parameter.dtype(), parameter.shape().toArray());
  }

  /** Returns the state by name, {@code velocity.0.weight}; the tensors are not copies. */
  public final Map<String, Tensor> state() {
    LinkedHashMap<String, Tensor> all = new LinkedHashMap<>();
    Tensor first = slots.get(0).parameter.value();
    all.put(STEPS, Tensor.of(first.device(), new int[] {(int) (steps >>> 32), (int) steps}, 2));
    for (Slot slot : slots) {
      for (int s = 0; s < slot.state.length; s++) {
        Tensor t = slot.state[s];
        if (t != null && !(slot.unused[s] && steps == stepsRestored)) {
          all.put(stateNames.get(s) + "." + slot.name, t);
        }
      }
    }
    return all;
  }

  /**
   * Puts back a state that {@link #state} gave, copying it; state that it lacks starts anew.
   *
   * @throws ArgumentException if a name is not of this optimizer
   * @throws ShapeException if a tensor is not like its parameter
   */
  public final void restore(Map<String, Tensor> state) {
    LinkedHashMap<String, Tensor> rest = new LinkedHashMap<>(state);
    Tensor counter = rest.remove(STEPS);
    if (counter == null || counter.dtype() != DType.I32 || counter.size() != 2) {
      throw new ArgumentException(
          "restore", "state", state.keySet(), "it must hold what Optimizer.state() gave");
    }
    for (Slot slot : slots) {
      for (int s = 0; s < slot.state.length; s++) {
        slot.state[s] = restored(slot, s, rest.remove(stateNames.get(s) + "." + slot.name));
      }
    }
    if (!rest.isEmpty()) {
      throw new ArgumentException(
          "restore",
          "state",
          rest.keySet().iterator().next(),
          "this " + getClass().getSimpleName() + " of this network has no such state");
    }
    int[] halves = counter.toIntArray();
    steps = ((long) halves[0] << 32) | (halves[1] & 0xFFFFFFFFL);
    stepsRestored = steps;
  }

  /** Copies in place where it can: a recorded step goes on using the tensor that it has seen. */
  private @Nullable Tensor restored(Slot slot, int s, @Nullable Tensor old) {
    Tensor own = slot.state[s];
    if (own == null && old == null) {
      return null;
    }
    Tensor value = slot.parameter.value();
    slot.unused[s] = old == null;
    Tensor saved = old == null ? initial(s, value) : old;
    if (!saved.shape().equals(value.shape()) || saved.dtype() != value.dtype()) {
      throw new ShapeException(
          "restore",
          "state of " + slot.name,
          saved.dtype() + saved.shape().toString(),
          "the parameter is " + value.dtype() + value.shape());
    }
    if (own == null) {
      return saved.to(value.device());
    }
    Tensor near = saved.device() == own.device() ? saved : saved.to(own.device());
    Backends.kernels(own.device()).elementwise().copy(near, own);
    return own;
  }
}
