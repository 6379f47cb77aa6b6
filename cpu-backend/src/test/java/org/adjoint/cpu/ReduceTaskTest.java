package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import jdk.incubator.vector.FloatVector;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.ReductionKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The order of sums follows from the shape alone: neither width nor threads change a bit. */
class ReduceTaskTest {
  private static final CpuBackend CPU = new CpuBackend();
  private static final int[][] SHAPES = {
    {1, 5, 1},
    {3, 127, 1},
    {3, 128, 1},
    {2, 1000, 1},
    {1, 200_001, 1},
    {3, 9, 5},
    {1, 64, 10},
    {1, 5000, 3},
    {1, 3000, 700},
    {2, 70_001, 2},
    {5, 16, 513},
    {1, 1, 4000}
  };

  private static ReductionKernels at(LoopCompiler.Vectors vectors) {
    return new CpuReductions(new LoopCompiler(vectors));
  }

  private static Tensor numbers(DType type, int... dims) {
    int n = dims[0] * dims[1] * dims[2];
    SplittableRandom random = new SplittableRandom(n);
    double[] v = new double[n];
    for (int i = 0; i < n; i++) {
      v[i] = random.nextDouble(0.95, 1.05);
    }
    Tensor exact = Tensor.of(CPU, v, dims);
    Tensor t = Tensor.owned(CPU, type, exact.shape());
    CPU.kernels().elementwise().copy(exact, t);
    return t;
  }

  private static double[] reduced(ReductionKernels kernels, ReduceOp op, Tensor x) {
    Tensor y = Tensor.zeros(CPU, x.dtype(), x.dim(0), x.dim(2));
    kernels.reduce(op, x, 1, y);
    return y.toDoubleArray();
  }

  @Test
  void everyWidthGivesTheSameBits() {
    ReductionKernels wide = at(LoopCompiler.Vectors.of(FloatVector.SPECIES_512));
    ReductionKernels middle = at(LoopCompiler.Vectors.of(FloatVector.SPECIES_256));
    ReductionKernels narrow = at(LoopCompiler.Vectors.of(FloatVector.SPECIES_128));
    ReductionKernels scalar = new CpuReductions(new LoopCompiler(null));
    for (int[] dims : SHAPES) {
      Tensor x = numbers(DType.F32, dims);
      for (ReduceOp op : ReduceOp.values()) {
        double[] expected = reduced(scalar, op, x);
        assertArrayEquals(expected, reduced(wide, op, x));
        assertArrayEquals(expected, reduced(middle, op, x));
        assertArrayEquals(expected, reduced(narrow, op, x));
      }
    }
  }

  @Test
  void everyNumberOfThreadsGivesTheSameBits() {
    int threads = Parallel.threads();
    try {
      for (DType type : new DType[] {DType.F32, DType.F64}) {
        for (int[] dims : SHAPES) {
          Tensor x = numbers(type, dims);
          for (ReduceOp op : ReduceOp.values()) {
            Parallel.setThreads(1);
            double[] expected = reduced(CPU.kernels().reductions(), op, x);
            for (int t : new int[] {2, 3, 7}) {
              Parallel.setThreads(t);
              assertArrayEquals(expected, reduced(CPU.kernels().reductions(), op, x));
            }
          }
        }
      }
    } finally {
      Parallel.setThreads(threads);
    }
  }

  @Test
  void aSumOfAMillionTenthsKeepsItsDigits() {
    float[] v = new float[1_000_000];
    java.util.Arrays.fill(v, 0.1f);
    Tensor y = Tensor.zeros(CPU, DType.F32);
    CPU.kernels().reductions().reduce(ReduceOp.SUM, Tensor.of(CPU, v, v.length), 0, y);
    assertEquals(1_000_000 * (double) 0.1f, y.item(), 0.2);
    CPU.kernels().reductions().reduce(ReduceOp.MEAN, Tensor.of(CPU, v, v.length), 0, y);
    assertEquals(0.1f, y.item(), 3e-7);
  }
}
