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
    EveryKernel.call(device, new TracingKernels(device.kernels(), calls::add));
    assertEquals(EveryKernel.CALLS, calls.size());
    Set<String> ops = new TreeSet<>();
    Set<Kernels.Family> families = new TreeSet<>();
    for (TracingKernels.Call call : calls) {
      ops.add(call.op());
      families.add(call.family());
      assertEquals(device.kernels().implementation(call.family()), call.kernel());
    }
    assertEquals(EveryKernel.CALLS, ops.size());
    assertEquals(Set.of(Kernels.Family.values()), families);
  }
}
