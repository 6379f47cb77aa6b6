package org.adjoint.autograd;

import org.adjoint.autograd.capture.Recording;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.Tensor;

/** The only place where an op is run and recorded. */
public final class Graph {
  private Graph() {}

  /**
   * Runs an op on the device of its inputs and, if a gradient is wanted through any of them,
   * records it.
   *
   * @param inputs the operands; the graph keeps the array, so nobody may write to it later
   * @throws DeviceException if the inputs live on different devices
   * @throws AnomalyException in anomaly mode, if the result holds NaN or infinity
   */
  public static Variable apply(Op op, Variable... inputs) {
    Tensor[] tensors = new Tensor[inputs.length];
    boolean wanted = false;
    for (int i = 0; i < inputs.length; i++) {
      tensors[i] = inputs[i].value();
      wanted |= inputs[i].requiresGrad();
    }
    Tensor result = run(op, tensors);
    return isRecorded(wanted) ? record(op, result, inputs) : constant(op, result);
  }

  /** As {@link #apply(Op, Variable...)}, for one operand: without a graph it makes no array. */
  public static Variable apply(Op op, Variable x) {
    Tensor result = run(op, x.value());
    return isRecorded(x.requiresGrad()) ? record(op, result, x) : constant(op, result);
  }

  /** As {@link #apply(Op, Variable...)}, for two operands. */
  public static Variable apply(Op op, Variable a, Variable b) {
    Tensor result = run(op, a.value(), b.value());
    return isRecorded(a.requiresGrad() || b.requiresGrad())
        ? record(op, result, a, b)
        : constant(op, result);
  }

  /** As {@link #apply(Op, Variable...)}, for three operands. */
  public static Variable apply(Op op, Variable a, Variable b, Variable c) {
    Tensor result = run(op, a.value(), b.value(), c.value());
    return isRecorded(a.requiresGrad() || b.requiresGrad() || c.requiresGrad())
        ? record(op, result, a, b, c)
        : constant(op, result);
  }

  private static Tensor run(Op op, Tensor... operands) {
    Recording recording = Recording.current();
    if (recording != null) {
      recording.forward();
    }
    return op.forward(Backends.kernels(commonDevice(op, operands)), operands);
  }

  private static boolean isRecorded(boolean wanted) {
    return wanted && Context.current().gradients();
  }

  private static Variable record(Op op, Tensor result, Variable... inputs) {
    return new Variable(result, op, inputs, Anomaly.search(op, result));
  }

  private static Variable constant(Op op, Tensor result) {
    Anomaly.search(op, result);
    return new Variable(result, false);
  }

  private static Device commonDevice(Op op, Tensor[] operands) {
    if (operands.length == 0) {
      throw new ArgumentException(
          op.name(), "operands", "none", "an op computes on the device of its operands");
    }
    Device device = operands[0].device();
    for (int i = 1; i < operands.length; i++) {
      if (operands[i].device() != device) {
        throw new DeviceException(
            op.name(),
            "operand " + i,
            "on " + operands[i].device().name(),
            "operand 0 is on " + device.name() + "; move one with Tensor.to");
      }
    }
    return device;
  }

  /** Runs {@code body} without recording and returns to the mode before. */
  public static void noGrad(Runnable body) {
    try (NoGrad _ = noGrad()) {
      body.run();
    }
  }

  /** Stops recording on this thread until the returned object is closed. */
  public static NoGrad noGrad() {
    return new NoGrad(false);
  }

  /** Records on this thread, whatever the mode was, until the returned object is closed. */
  public static NoGrad enableGrad() {
    return new NoGrad(true);
  }

  /** A stretch of a thread's time without, or with, recording. */
  public static final class NoGrad implements AutoCloseable {
    private final boolean before;

    NoGrad(boolean on) {
      before = Context.current().gradients(on);
    }

    /** Returns to the mode before. */
    @Override
    public void close() {
      Context.current().gradients(before);
    }
  }
}
