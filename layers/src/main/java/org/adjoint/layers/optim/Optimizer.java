package org.adjoint.layers.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.UpdateKernels;
import org.adjoint.layers.Network;
import org.adjoint.layers.Parameter;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Changes parameters along their gradients: one fused kernel a parameter and step.
 *
 * <p>The state (velocities, moments, the number of steps) can be taken out as named tensors and put
 * back, so that training resumes with the same bits.
 */
public abstract class Optimizer {
  private static final String STEPS = "steps";

  /** A parameter and its state. */
  private static final class Slot {
    final String name;
    final Parameter parameter;
    final @Nullable Tensor[] state;

    Slot(String name, Parameter parameter, int states) {
      this.name = name;
      this.parameter = parameter;
      this.state = new @Nullable Tensor[states];
    }
  }

  private final List<Slot> slots = new ArrayList<>();
  private final List<String> stateNames;
  private double learningRate;
  private long steps;

  /**
   * Creates an optimizer of all parameters of a network; those that are frozen, or have no
   * gradient, at a step are left alone.
   *
   * @param stateNames what the state tensors of each parameter are called
   * @throws ArgumentException if the network has no parameters, or the rate is negative or NaN
   */
  protected Optimizer(Network network, double learningRate, String... stateNames) {
    this.stateNames = List.of(stateNames);
    network.parameters().forEach((name, p) -> slots.add(new Slot(name, p, this.stateNames.size())));
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
    Recording recording = Recording.current();
    if (recording != null) {
      record(recording);
    } else {
      advance();
    }
    for (int i = 0; i < slots.size(); i++) {
      Slot slot = slots.get(i);
      Tensor gradient = slot.parameter.gradient();
      if (gradient != null && slot.parameter.isTrainable()) {
        Tensor value = slot.parameter.value();
        for (int s = 0; s < slot.state.length; s++) {
          if (slot.state[s] == null) {
            slot.state[s] = Tensor.zeros(value.device(), value.dtype(), value.shape().toArray());
          }
        }
        update(Backends.kernels(value.device()).updates(), value, gradient, slot.state);
      }
    }
  }

  /** Begins a step and returns its settings. */
  private Record advance() {
    steps++;
    return begin(steps);
  }

  /** Begins a step that is only recorded: at each replay the settings of the next step are used. */
  private void record(Recording recording) {
    long before = steps;
    recording.undo(() -> steps = before);
    recording.input(advance(), this::advance);
  }

  /**
   * Prepares the settings of a step.
   *
   * @param step its number, from 1
   * @return the very object that {@link #update} gives to a kernel, so that a recorded step finds
   *     what changes from step to step
   */
  protected abstract Record begin(long step);

  /**
   * Changes one parameter.
   *
   * @param state its state tensors, in the order of their names, zeros at first
   */
  protected abstract void update(
      UpdateKernels kernels, Tensor value, Tensor gradient, @Nullable Tensor[] state);

  /** Returns the state by name, {@code velocity.0.weight}; the tensors are not copies. */
  public final Map<String, Tensor> state() {
    LinkedHashMap<String, Tensor> all = new LinkedHashMap<>();
    Tensor first = slots.get(0).parameter.value();
    all.put(STEPS, Tensor.of(first.device(), new int[] {(int) (steps >>> 32), (int) steps}, 2));
    for (Slot slot : slots) {
      for (int s = 0; s < slot.state.length; s++) {
        Tensor t = slot.state[s];
        if (t != null) {
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
        slot.state[s] =
            restored(slot, slot.state[s], rest.remove(stateNames.get(s) + "." + slot.name));
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
  }

  /** Copies in place where it can: a recorded step goes on using the tensor that it has seen. */
  private static @Nullable Tensor restored(
      Slot slot, @Nullable Tensor own, @Nullable Tensor saved) {
    if (saved == null) {
      return null;
    }
    Tensor value = slot.parameter.value();
    if (!saved.shape().equals(value.shape()) || saved.dtype() != value.dtype()) {
      throw new ShapeException(
          "restore",
          "state of " + slot.name,
          saved.dtype() + saved.shape().toString(),
          "the parameter is " + value.dtype() + value.shape());
    }
    if (own == null || own.device() != saved.device()) {
      return saved.to(value.device());
    }
    Backends.kernels(own.device()).elementwise().copy(saved, own);
    return own;
  }

  /** Returns a state tensor that {@link #step} has made. */
  protected static Tensor present(@Nullable Tensor[] state, int i) {
    return Objects.requireNonNull(state[i]);
  }
}
