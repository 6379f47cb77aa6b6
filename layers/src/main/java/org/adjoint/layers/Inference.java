package org.adjoint.layers;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A trained layer as an immutable function y = f(x): evaluation mode, nothing recorded for
 * backpropagation. Any number of threads may call it at once and get the same bits as one; none
 * waits for another.
 *
 * <p>The second input of a shape is recorded as a {@link Program}, and from then on inputs of that
 * shape are replayed, each thread in memory of its own: the same bits in less time. Layers that
 * read values in Java are computed as usual, and so are shapes beyond the first {@value #PROGRAMS}.
 *
 * <p>It takes the layer over: its parameters can no longer be trained, nor its mode be changed. To
 * train on, save a checkpoint first and load it into a new network.
 */
public final class Inference {
  private static final int PROGRAMS = 32;

  private record Key(Device device, DType dtype, Shape shape) {}

  /** How often a shape came, and its program once there is one. */
  private static final class Known {
    final AtomicInteger calls = new AtomicInteger();
    volatile @Nullable Program program;
  }

  private final Layer layer;
  private final ConcurrentHashMap<Key, Known> shapes = new ConcurrentHashMap<>();
  private volatile boolean recordable = true;

  private Inference(Layer layer) {
    this.layer = layer;
  }

  /** Freezes a layer for good and returns it as a function. */
  public static Inference of(Layer layer) {
    layer.seal();
    return new Inference(layer);
  }

  /** Returns the layer, to look at. */
  public Layer layer() {
    return layer;
  }

  /** Returns the program that inputs like x are replayed with, or null if there is none. */
  public @Nullable Program program(Tensor x) {
    Known known = shapes.get(new Key(x.device(), x.dtype(), x.shape()));
    return known == null ? null : known.program;
  }

  /**
   * Computes y = f(x). The enclosing scope owns the result, if there is one.
   *
   * @throws org.adjoint.tensor.ShapeException if x does not fit
   */
  public Tensor apply(Tensor x) {
    Key key = new Key(x.device(), x.dtype(), x.shape());
    Known known = shapes.get(key);
    Program program = known == null ? null : recorded(known, x);
    if (program != null) {
      return program.run(x).get(0);
    }
    try (Graph.NoGrad _ = Graph.noGrad();
        Scope call = Scope.open()) {
      Tensor y = call.keep(layer.forward(Variable.of(x)).value());
      if (known == null && shapes.size() < PROGRAMS) {
        shapes.putIfAbsent(key, new Known());
      }
      return y;
    }
  }

  /**
   * Computes y = f(x) into a tensor of the caller's, which must have the shape of the result.
   *
   * @return {@code out}
   * @throws org.adjoint.tensor.ShapeException if x or out does not fit
   */
  public Tensor apply(Tensor x, Tensor out) {
    try (Scope _ = Scope.open()) {
      Tensor y = apply(x);
      Backends.kernels(y.device()).elementwise().copy(y, out);
      return out;
    }
  }

  /** The program for such an x; made by the thread that brings the second. */
  private @Nullable Program recorded(Known known, Tensor x) {
    Context context = Context.current();
    if (context.recorder() != null || context.anomalies()) {
      return null;
    }
    if (known.program == null && recordable && known.calls.incrementAndGet() == 1) {
      known.program = record(x);
    }
    return known.program;
  }

  private @Nullable Program record(Tensor x) {
    Placeholder input = Placeholder.like("x", x);
    try (Graph.NoGrad _ = Graph.noGrad()) {
      Program program = Program.capture(() -> layer.forward(input.variable()), input);
      recordable = !program.hasEffects();
      return recordable ? program : null;
    } catch (AdjointException e) {
      // It reads values, or does what no recording can hold.
      recordable = false;
      return null;
    }
  }
}
