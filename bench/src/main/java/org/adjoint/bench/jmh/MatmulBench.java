package org.adjoint.bench.jmh;

import java.util.Arrays;
import org.adjoint.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Matrix products at square and at the models' shapes, in all transposes. */
public class MatmulBench extends KernelBench {
  /** m x k x n. */
  @Param({"64x64x64", "256x256x256", "1024x1024x1024", "128x784x512", "1x784x512", "256x32x784"})
  public String size = "";

  /** Which operands are stored transposed: n neither, t transposed, first a, then b. */
  @Param({"nn", "nt", "tn"})
  public String layout = "";

  private Tensor a = empty(0);
  private Tensor b = empty(0);
  private Tensor y = empty(0);

  /** Draws the operands. */
  @Setup
  public void setUp() {
    int[] s = Arrays.stream(size.split("x")).mapToInt(Integer::parseInt).toArray();
    a = layout.charAt(0) == 't' ? random(1, s[1], s[0]) : random(1, s[0], s[1]);
    b = layout.charAt(1) == 't' ? random(2, s[2], s[1]) : random(2, s[1], s[2]);
    y = empty(s[0], s[2]);
  }

  /** One product. */
  @Benchmark
  public Tensor matmul() {
    backend
        .kernels()
        .matmul()
        .matmul(a, layout.charAt(0) == 't', b, layout.charAt(1) == 't', null, y);
    return y;
  }
}
