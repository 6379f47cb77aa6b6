package org.adjoint.bench.jmh;

import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Element-wise kernels and a reduction. Each call rotates through several operations, so that no
 * loop is measured as if it were alone in the JVM.
 */
public class ElementwiseBench extends KernelBench {
  /** Number of elements. */
  @Param({"4096", "1048576"})
  public int size;

  private Tensor a = empty(0);
  private Tensor b = empty(0);
  private Tensor y = empty(0);
  private Tensor sum = empty();

  /** Draws the operands. */
  @Setup
  public void setUp() {
    a = random(1, size);
    b = random(2, size);
    y = empty(size);
    sum = empty();
  }

  /** add, mul and max: three calls. */
  @Benchmark
  public Tensor arithmetic() {
    backend.kernels().elementwise().binary(BinaryOp.ADD, a, b, y);
    backend.kernels().elementwise().binary(BinaryOp.MUL, a, b, y);
    backend.kernels().elementwise().binary(BinaryOp.MAX, a, b, y);
    return y;
  }

  /** exp, tanh and sigmoid: three calls. */
  @Benchmark
  public Tensor transcendental() {
    backend.kernels().elementwise().unary(UnaryOp.EXP, a, 0, 0, y);
    backend.kernels().elementwise().unary(UnaryOp.TANH, a, 0, 0, y);
    backend.kernels().elementwise().unary(UnaryOp.SIGMOID, a, 0, 0, y);
    return y;
  }

  /** A plain copy, the ceiling of what memory gives. */
  @Benchmark
  public Tensor copy() {
    backend.kernels().elementwise().copy(a, y);
    return y;
  }

  /** The sum of all elements. */
  @Benchmark
  public Tensor sum() {
    backend.kernels().reductions().reduce(ReduceOp.SUM, a, 0, sum);
    return sum;
  }
}
