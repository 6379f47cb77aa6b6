package org.adjoint.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the kernel benchmarks share: one fork, the average time of a call in microseconds. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class KernelBench {
  /** The backend under measurement. */
  protected final Backend backend = Backends.get(System.getProperty("adjoint.device", "cpu"));

  /** Returns uniform numbers in [−1, 1). */
  protected final Tensor random(long seed, int... dims) {
    Tensor t = empty(dims);
    backend.kernels().random().uniform(seed, 0, -1, 1, t);
    return t;
  }

  /** Returns an uninitialised float32 tensor. */
  protected final Tensor empty(int... dims) {
    Device device = backend;
    return Tensor.owned(device, DType.F32, Shape.of(dims));
  }
}
