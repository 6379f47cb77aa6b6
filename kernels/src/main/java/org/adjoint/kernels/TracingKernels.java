package org.adjoint.kernels;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Tells a listener of every kernel call: what ran, on which shapes, for how long, over how many
 * bytes. A listener hears the calls of its own thread, from {@link #listen} until it is closed:
 *
 * <pre>{@code
 * try (TracingKernels.Listening listening = TracingKernels.listen(call -> log(call))) {
 *   model.forward(x);
 * }
 * }</pre>
 *
 * <p>The JDK's Flight Recorder hears of the calls of all threads: while a recording runs, each is
 * an event {@code org.adjoint.Kernel}.
 */
public final class TracingKernels implements Kernels {
  private final Kernels kernels;
  private final @Nullable Listener listener;
  private final boolean recorded;

  /** Wraps kernels; {@link Backends#kernels} does so while someone listens. */
  public TracingKernels(Kernels kernels, Listener listener) {
    this(kernels, listener, false);
  }

  /**
   * Wraps kernels.
   *
   * @param listener who listens, or null
   * @param recorded whether calls become events of the Flight Recorder
   */
  TracingKernels(Kernels kernels, @Nullable Listener listener, boolean recorded) {
    this.kernels = kernels;
    this.listener = listener;
    this.recorded = recorded;
  }

  /**
   * One finished call of a kernel.
   *
   * @param family the family it belongs to
   * @param kernel the class that computed it, such as {@code ReferenceMatmul}
   * @param op the operation, such as {@code relu} or {@code matmul}
   * @param dtype the type of its first tensor
   * @param shapes the shapes of its tensors in the order of the arguments, results included
   * @param nanoseconds how long it took, checks and copies of views included
   * @param bytes how many bytes its tensors hold together: what it must at least read and write
   */
  public record Call(
      Family family,
      String kernel,
      String op,
      DType dtype,
      List<Shape> shapes,
      long nanoseconds,
      long bytes) {}

  /** Hears of kernel calls, on the thread that made them. */
  @FunctionalInterface
  public interface Listener {
    /** Is told of a call that has just ended normally. */
    void called(Call call);
  }

  /** The time during which a listener hears the calls of a thread. */
  public static final class Listening implements AutoCloseable {
    private final @Nullable Object before;

    private Listening(@Nullable Object before) {
      this.before = before;
    }

    /** Gives the place back to who listened before, if anyone did. */
    @Override
    public void close() {
      Context.current().listener(before);
    }
  }

  /** Makes a listener hear the calls of the current thread until the result is closed. */
  public static Listening listen(Listener listener) {
    return new Listening(Context.current().listener(listener));
  }

  @Override
  public ElementwiseKernels elementwise() {
    return new TracedKernels.Elementwise(this, kernels.elementwise());
  }

  @Override
  public ReductionKernels reductions() {
    return new TracedKernels.Reductions(this, kernels.reductions());
  }

  @Override
  public MatmulKernels matmul() {
    MatmulKernels raw = kernels.matmul();
    return (a, transposeA, b, transposeB, bias, out) ->
        trace(
            Family.MATMUL,
            "matmul",
            () -> raw.matmul(a, transposeA, b, transposeB, bias, out),
            a,
            b,
            bias,
            out);
  }

  @Override
  public ConvolutionKernels convolutions() {
    return new TracedKernels.Convolutions(this, kernels.convolutions());
  }

  @Override
  public SoftmaxKernels softmax() {
    return new TracedKernels.Softmax(this, kernels.softmax());
  }

  @Override
  public AttentionKernels attention() {
    return new TracedKernels.Attention(this, kernels.attention());
  }

  @Override
  public NormKernels norms() {
    return new TracedKernels.Norms(this, kernels.norms());
  }

  @Override
  public RecurrentKernels recurrent() {
    return new TracedKernels.Recurrent(this, kernels.recurrent());
  }

  @Override
  public IndexingKernels indexing() {
    return new TracedKernels.Indexing(this, kernels.indexing());
  }

  @Override
  public RandomKernels random() {
    return new TracedKernels.Random(this, kernels.random());
  }

  @Override
  public UpdateKernels updates() {
    return new TracedKernels.Updates(this, kernels.updates());
  }

  @Override
  public String implementation(Family family) {
    return kernels.implementation(family);
  }

  /**
   * Runs a kernel and tells who listens, unless the kernel throws.
   *
   * @param family the family it belongs to
   * @param op the operation
   * @param kernel computes
   * @param tensors its tensors, results included; those that are null are left out
   */
  public void trace(Family family, String op, Runnable kernel, @Nullable Tensor... tensors) {
    if (!recorded) {
      long start = System.nanoTime();
      kernel.run();
      tell(call(family, op, System.nanoTime() - start, tensors));
      return;
    }
    KernelEvent event = new KernelEvent();
    long start = System.nanoTime();
    event.begin();
    kernel.run();
    event.end();
    Call call = call(family, op, System.nanoTime() - start, tensors);
    event.commit(call, device(tensors));
    tell(call);
  }

  private void tell(Call call) {
    if (listener != null) {
      listener.called(call);
    }
  }

  private Call call(Family family, String op, long nanoseconds, @Nullable Tensor... tensors) {
    List<Shape> shapes = new ArrayList<>(tensors.length);
    DType dtype = DType.F32;
    long bytes = 0;
    for (Tensor t : tensors) {
      if (t != null) {
        dtype = shapes.isEmpty() ? t.dtype() : dtype;
        shapes.add(t.shape());
        bytes += (long) t.size() * t.dtype().bytes();
      }
    }
    return new Call(
        family, kernels.implementation(family), op, dtype, List.copyOf(shapes), nanoseconds, bytes);
  }

  private static String device(@Nullable Tensor... tensors) {
    for (Tensor t : tensors) {
      if (t != null) {
        return t.device().name();
      }
    }
    return "";
  }
}
