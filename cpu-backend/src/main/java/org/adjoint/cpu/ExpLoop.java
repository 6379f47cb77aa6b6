package org.adjoint.cpu;

import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;

/**
 * exp over a run of floats, for kernels that need it in the middle of their work: the loop that
 * {@link LoopCompiler} makes for the operation. Its method is longer than what the JIT compiler
 * inlines into a caller. A hand-written loop is not: inlined into a longer one, it reached the
 * compiler's limit of nodes (NodeCountInliningCutoff) half-way through the polynomial, and the rest
 * of its vectors were boxed, 12 to 24 bytes an element.
 */
final class ExpLoop {
  private final ThreadLocal<ElementTask> tasks;

  ExpLoop(LoopCompiler loops) {
    tasks =
        ThreadLocal.withInitial(
            () -> new ElementTask(loops.loop(UnaryOp.EXP.value(), DType.F32, 0), 2));
  }

  /** y = e^x; x and y may be the same. */
  void apply(float[] x, int xAt, int n, float[] y, int yAt) {
    tasks.get().slot(0, y, yAt, 0).slot(1, x, xAt, 0).runHere(n);
  }
}
