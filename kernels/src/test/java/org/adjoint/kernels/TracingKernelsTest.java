package org.adjoint.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class TracingKernelsTest {
  private final ReferenceBackend device = new ReferenceBackend();
  private final List<TracingKernels.Call> calls = new ArrayList<>();

  private Tensor zeros(int... dims) {
    return Tensor.zeros(device, DType.F32, dims);
  }

  private Tensor indices(int... dims) {
    return Tensor.zeros(device, DType.I32, dims);
  }

  @Test
  void aListenerHearsWhatRan() {
    try (TracingKernels.Listening listening = TracingKernels.listen(calls::add)) {
      assertNotNull(listening);
      Kernels kernels = Backends.kernels(device);
      kernels.matmul().matmul(zeros(2, 3), false, zeros(3, 4), false, null, zeros(2, 4));
    }
    Backends.kernels(device).elementwise().fill(1, zeros(3));
    assertEquals(1, calls.size());
    TracingKernels.Call call = calls.getFirst();
    assertEquals(Kernels.Family.MATMUL, call.family());
    assertEquals("ReferenceMatmul", call.kernel());
    assertEquals("matmul", call.op());
    assertEquals(DType.F32, call.dtype());
    assertEquals(List.of(Shape.of(2, 3), Shape.of(3, 4), Shape.of(2, 4)), call.shapes());
    assertEquals(4 * (6 + 12 + 8), call.bytes());
    assertTrue(call.nanoseconds() > 0);
  }

  @Test
  void whoListenedBeforeListensAgain() {
    Object before = Context.current().listener();
    try (TracingKernels.Listening outer = TracingKernels.listen(calls::add)) {
      Object first = Context.current().listener();
      try (TracingKernels.Listening inner = TracingKernels.listen(_ -> {})) {
        Backends.kernels(device).elementwise().fill(1, zeros(3));
        assertNotNull(inner);
      }
      assertSame(first, Context.current().listener());
      assertNotNull(outer);
    }
    assertSame(before, Context.current().listener());
    assertEquals(List.of(), calls);
  }

  @Test
  void aRefusedCallIsNotHeard() {
    Kernels kernels = new TracingKernels(device.kernels(), calls::add);
    assertThrows(ShapeException.class, () -> kernels.elementwise().copy(zeros(3), zeros(4)));
    assertEquals(List.of(), calls);
  }

  @Test
  void everyKernelIsTraced() {
    Kernels k = new TracingKernels(device.kernels(), calls::add);
    k.elementwise().fill(1, zeros(3));
    k.elementwise().copy(zeros(3), zeros(3));
    k.elementwise().unary(UnaryOp.RELU, zeros(3), 0, 0, zeros(3));
    k.elementwise().binary(BinaryOp.ADD, zeros(3), zeros(3), zeros(3));
    k.elementwise().where(zeros(3), zeros(3), zeros(3), zeros(3));
    k.elementwise().map(Expr.x(), new double[0], zeros(3), zeros(3));
    k.reductions().reduce(ReduceOp.SUM, zeros(3), 0, zeros());
    k.reductions().argReduce(true, zeros(3), 0, indices());
    k.reductions().argReduce(false, zeros(3), 0, indices());
    k.matmul().matmul(zeros(2, 2), false, zeros(2, 2), false, zeros(2), zeros(2, 2));
    Conv2dSpec conv = Conv2dSpec.DEFAULT;
    k.convolutions().conv2d(zeros(1, 1, 3, 3), zeros(1, 1, 1, 1), null, conv, zeros(1, 1, 3, 3));
    k.convolutions()
        .conv2dInputGradient(zeros(1, 1, 3, 3), zeros(1, 1, 1, 1), conv, zeros(1, 1, 3, 3));
    k.convolutions()
        .conv2dWeightGradient(zeros(1, 1, 3, 3), zeros(1, 1, 3, 3), conv, zeros(1, 1, 1, 1));
    Pool2dSpec pool = Pool2dSpec.of(2, 2);
    k.convolutions().maxPool2d(zeros(1, 1, 2, 2), pool, zeros(1, 1, 1, 1), indices(1, 1, 1, 1));
    k.convolutions().maxPool2dGradient(zeros(1, 1, 1, 1), indices(1, 1, 1, 1), zeros(1, 1, 2, 2));
    k.convolutions().avgPool2d(zeros(1, 1, 2, 2), pool, zeros(1, 1, 1, 1));
    k.convolutions().avgPool2dGradient(zeros(1, 1, 1, 1), pool, zeros(1, 1, 2, 2));
    k.softmax().softmax(zeros(3), zeros(3));
    k.softmax().logSoftmax(zeros(3), zeros(3));
    k.softmax().softmaxGradient(zeros(3), zeros(3), zeros(3));
    k.softmax().logSoftmaxGradient(zeros(3), zeros(3), zeros(3));
    k.softmax().crossEntropy(zeros(2, 3), indices(2), zeros(2, 3), zeros(2));
    k.softmax().crossEntropyGradient(zeros(2, 3), indices(2), zeros(2), zeros(2, 3));
    k.norms().batchStatistics(zeros(2, 3, 4), zeros(3), zeros(3));
    k.norms().batchNorm(zeros(2, 3, 4), zeros(3), zeros(3), zeros(3), zeros(3), 1, zeros(2, 3, 4));
    k.norms()
        .batchNormGradient(
            zeros(2, 3, 4),
            zeros(3),
            zeros(3),
            zeros(3),
            1,
            zeros(2, 3, 4),
            zeros(2, 3, 4),
            zeros(3),
            zeros(3));
    k.indexing().gather(zeros(3), 0, indices(2), zeros(2));
    k.indexing().scatterAdd(zeros(2), 0, indices(2), zeros(3));
    k.indexing().oneHot(indices(2), zeros(2, 3));
    k.random().uniform(1, 0, 0, 1, zeros(3));
    k.random().normal(1, 0, 0, 1, zeros(3));
    k.random().bernoulli(1, 0, 0.5, zeros(3));
    k.random().permutation(1, 0, indices(3));
    k.updates().sgd(zeros(3), zeros(3), null, new UpdateKernels.Sgd(0.1, 0, false, 0));
    UpdateKernels.Adam adam = new UpdateKernels.Adam(0.1, 0.9, 0.99, 1e-8, 0, false, 1);
    k.updates().adam(zeros(3), zeros(3), zeros(3), zeros(3), adam);
    assertEquals(35, calls.size());
    Set<String> ops = new TreeSet<>();
    Set<Kernels.Family> families = new TreeSet<>();
    for (TracingKernels.Call call : calls) {
      ops.add(call.op());
      families.add(call.family());
      assertEquals(device.kernels().implementation(call.family()), call.kernel());
    }
    assertEquals(35, ops.size());
    assertEquals(Set.of(Kernels.Family.values()), families);
  }
}
