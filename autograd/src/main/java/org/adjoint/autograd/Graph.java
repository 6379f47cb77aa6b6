package org.adjoint.autograd;

import org.adjoint.kernels.Backends;
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
    Device device = tensors[0].device();
    for (int i = 1; i < tensors.length; i++) {
      if (tensors[i].device() != device) {
        throw new DeviceException(
            op.name(),
            "operand " + i,
            "on " + tensors[i].device().name(),
            "operand 0 is on " + device.name() + "; move one with Tensor.to");
      }
    }
    Tensor result = op.forward(Backends.kernels(device), tensors);
    Context context = Context.current();
    StackWalker.StackFrame line = null;
    if (context.anomalies()) {
      line = Anomaly.checkResult(op.name(), result);
    }
    return wanted && context.gradients()
        ? new Variable(result, op, inputs.clone(), line)
        : new Variable(result, false);
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

  /** A stretch of a thread's time without (or, inside backpropagation, with) recording. */
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
