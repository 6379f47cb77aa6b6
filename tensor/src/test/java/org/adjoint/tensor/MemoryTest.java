package org.adjoint.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scopes, the pool of a heap device, release, and what is said about misuse. */
class MemoryTest {
  private final TestDevice device = new TestDevice();

  @AfterEach
  void noScopeIsLeftOpen() {
    assertNull(Context.current().scope());
  }

  private Tensor result(int n) {
    return Tensor.result(device, DType.F32, Shape.of(n));
  }

  // ---- scope --------------------------------------------------------------------------------

  @Test
  void closingAScopeReleasesItsResultsAndNothingElse() {
    Tensor owned;
    Tensor result;
    try (Scope scope = Scope.open()) {
      owned = Tensor.zeros(device, DType.F32, 3);
      result = result(3);
      assertEquals(1, scope.size());
    }
    assertTrue(result.storage().isReleased());
    assertFalse(owned.storage().isReleased());
    assertEquals(0, owned.get(2));
  }

  @Test
  void withoutAScopeNothingIsPooled() {
    Tensor t = result(100);
    assertEquals(new MemoryUse(0, 0, 0), device.memory());
    t.storage().release();
    assertEquals(new MemoryUse(0, 0, 0), device.memory());
  }

  @Test
  void aReleasedTensorRefusesEveryAccess() {
    Tensor t;
    try (Scope scope = Scope.open()) {
      t = result(3);
      assertSame(scope, Context.current().scope());
    }
    ReleasedException e = assertThrows(ReleasedException.class, t::toFloatArray);
    assertTrue(e.getMessage().startsWith("tensor: its memory is released; the scope that owned"));
    assertTrue(e.getMessage().contains("-Dadjoint.debug=true"), e.getMessage());
    assertThrows(ReleasedException.class, () -> t.get(0));
    assertThrows(ReleasedException.class, () -> t.select(0, 0).item());
    HeapStorage s = (HeapStorage) t.storage();
    assertThrows(ReleasedException.class, s::floats);
    assertThrows(ReleasedException.class, s::doubles);
    assertThrows(ReleasedException.class, s::ints);
    assertThrows(ReleasedException.class, () -> device.upload(new float[1], 0, s, 0, 1));
    Tensor live = Tensor.zeros(device, DType.F32, 3);
    assertThrows(ReleasedException.class, () -> device.copy(live.storage(), 0, s, 0, 1));
    assertThrows(ReleasedException.class, () -> device.copy(s, 0, live.storage(), 0, 1));
  }

  @Test
  void keepHandsABufferToTheEnclosingScope() {
    Tensor t;
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        t = result(3);
        assertSame(t, inner.keep(t));
        assertEquals(0, inner.size());
        assertSame(t, inner.keep(t), "a second time does nothing");
      }
      assertFalse(t.storage().isReleased());
      assertEquals(1, outer.size());
    }
    assertTrue(t.storage().isReleased());
  }

  @Test
  void keepWithoutAnEnclosingScopeTakesTheBufferOutOfTheBooks() {
    Tensor t;
    try (Scope scope = Scope.open()) {
      t = scope.keep(result(100));
      result(100);
      assertEquals(448, device.memory().live());
    }
    assertEquals(new MemoryUse(0, 448, 448), device.memory());
    assertFalse(t.storage().isReleased());
    t.storage().release();
    assertEquals(448, device.memory().pooled(), "a detached buffer does not go to the pool");
    t.storage().detach();
    assertEquals(0, device.memory().live());
  }

  @Test
  void keepOfAStrangerDoesNothing() {
    Tensor mine = Tensor.zeros(device, DType.F32, 3);
    try (Scope outer = Scope.open()) {
      Tensor above = result(3);
      try (Scope inner = Scope.open()) {
        inner.keep(mine);
        inner.keep(above);
        assertFalse(inner.take(above));
      }
      assertEquals(1, outer.size());
      assertFalse(above.storage().isReleased());
    }
    assertFalse(mine.storage().isReleased());
  }

  @Test
  void aTakenBufferIsReleasedByWhoeverTookIt() {
    Tensor t;
    try (Scope scope = Scope.open()) {
      t = result(100);
      assertTrue(scope.take(t.reshape(10, 10)), "views count as their storage");
    }
    assertFalse(t.storage().isReleased());
    assertEquals(448, device.memory().live());
    t.storage().release();
    assertEquals(new MemoryUse(0, 448, 448), device.memory());
  }

  @Test
  void anOuterScopeGivesBuffersAwayWhileInnerOnesAreOpen() {
    Tensor kept;
    Tensor taken;
    Tensor left;
    Tensor inside;
    try (Scope first = Scope.open()) {
      try (Scope second = Scope.open()) {
        left = result(3);
        kept = result(4);
        taken = result(5);
        try (Scope third = Scope.open()) {
          inside = result(6);
          second.keep(kept);
          assertTrue(second.take(taken));
          assertFalse(second.take(inside));
          assertEquals(1, first.size());
          assertEquals(1, second.size());
          assertEquals(1, third.size());
        }
        assertTrue(inside.storage().isReleased());
        assertFalse(left.storage().isReleased());
      }
      assertTrue(left.storage().isReleased());
      assertFalse(kept.storage().isReleased());
    }
    assertTrue(kept.storage().isReleased());
    assertFalse(taken.storage().isReleased());
    taken.storage().release();
    assertEquals(0, device.memory().live());
  }

  @Test
  void aClosedScopeOwnsNothing() {
    Scope outer = Scope.open();
    Scope inner = Scope.open();
    inner.close();
    Tensor t = result(3);
    assertFalse(inner.take(t));
    assertEquals(0, inner.size());
    assertEquals(1, outer.size());
    outer.close();
    assertFalse(outer.take(t));
    assertEquals(0, outer.size());
  }

  @Test
  void aScopeOwnsAnyNumberOfBuffers() {
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < 100; i++) {
        result(i);
      }
      assertEquals(100, scope.size());
    }
    assertEquals(0, device.memory().live());
  }

  @Test
  void scopesCloseInOrder() {
    Scope outer = Scope.open();
    Scope inner = Scope.open();
    ArgumentException e = assertThrows(ArgumentException.class, outer::close);
    assertEquals(
        "scope: close is out of order; close scopes on their own thread, innermost first",
        e.getMessage());
    inner.close();
    outer.close();
    outer.close();
  }

  @Test
  void scopesBelongToTheirThread() throws InterruptedException {
    AtomicReference<Throwable> seen = new AtomicReference<>();
    Scope scope = Scope.open();
    Thread other =
        new Thread(
            () -> {
              result(3);
              seen.set(assertThrows(ArgumentException.class, scope::close));
            });
    other.start();
    other.join();
    assertEquals(0, scope.size(), "another thread's result is not ours");
    assertInstanceOf(ArgumentException.class, seen.get());
    scope.close();
  }

  // ---- pool ---------------------------------------------------------------------------------

  @Test
  void theSecondStepAllocatesNothing() {
    float[] first;
    try (Scope scope = Scope.open()) {
      first = ((HeapStorage) result(1000).storage()).floats();
      result(10);
      assertEquals(2, scope.size());
    }
    long pooled = device.memory().pooled();
    for (int step = 0; step < 3; step++) {
      try (Scope scope = Scope.open()) {
        // 990 elements are in the same size class as 1000.
        assertSame(first, ((HeapStorage) result(990).storage()).floats());
        result(64);
        assertEquals(2, scope.size());
        assertEquals(0, device.memory().pooled());
      }
      assertEquals(pooled, device.memory().pooled());
      assertEquals(0, device.memory().live());
    }
    assertEquals(pooled, device.memory().peak());
    device.trim();
    assertEquals(0, device.memory().pooled());
    try (Scope scope = Scope.open()) {
      assertNotSame(first, ((HeapStorage) result(1000).storage()).floats());
      assertEquals(1, scope.size());
    }
  }

  @Test
  void typesDoNotShareArrays() {
    try (Scope scope = Scope.open()) {
      result(100);
      assertEquals(1, scope.size());
    }
    try (Scope scope = Scope.open()) {
      Tensor t = Tensor.result(device, DType.I32, Shape.of(100));
      assertEquals(100, t.toIntArray().length);
      assertEquals(1, scope.size());
    }
  }

  @Test
  void releaseTwiceGivesBackOnce() {
    try (Scope scope = Scope.open()) {
      Tensor t = result(100);
      t.storage().release();
      t.storage().release();
      assertEquals(448, device.memory().pooled());
      assertEquals(1, scope.size());
    }
    assertEquals(new MemoryUse(0, 448, 448), device.memory());
  }

  @Property
  void capacityWastesAtMostAQuarter(@ForAll @IntRange(min = 0) int size) {
    int c = ArrayPool.capacity(size);
    assertTrue(c >= size, () -> size + " got " + c);
    assertTrue(size <= 64 ? c == 64 : c <= size * 1.25, () -> size + " got " + c);
    assertEquals(c, ArrayPool.capacity(c), "a capacity is its own size class");
  }

  @Test
  void capacityAtTheEdges() {
    assertEquals(64, ArrayPool.capacity(0));
    assertEquals(64, ArrayPool.capacity(64));
    assertEquals(80, ArrayPool.capacity(65));
    assertEquals(128, ArrayPool.capacity(128));
    assertEquals(160, ArrayPool.capacity(129));
    assertEquals(Integer.MAX_VALUE, ArrayPool.capacity(Integer.MAX_VALUE));
  }

  @Test
  void anImpossibleSizeIsAMemoryException() {
    // No JVM makes an array of 2³¹ − 1 elements, whatever the heap.
    Shape huge = Shape.of(Integer.MAX_VALUE);
    MemoryException e =
        assertThrows(MemoryException.class, () -> Tensor.owned(device, DType.F64, huge));
    assertTrue(
        e.getMessage().startsWith("allocate: size is 2147483647 x float64; the Java heap has no"),
        e.getMessage());
    assertInstanceOf(OutOfMemoryError.class, e.getCause());
    try (Scope scope = Scope.open()) {
      assertThrows(MemoryException.class, () -> Tensor.result(device, DType.F32, huge));
      assertEquals(0, scope.size());
    }
    assertEquals(new MemoryUse(0, 0, 0), device.memory());
  }

  // ---- limit --------------------------------------------------------------------------------

  @Test
  void aBufferBeyondTheLimitIsRefused() {
    device.limit(448 + 256);
    try (Scope scope = Scope.open()) {
      result(100);
      result(10);
      MemoryException e = assertThrows(MemoryException.class, () -> result(1));
      assertEquals(
          "allocate: size is 64 x float32; the limit is 704 bytes, of which temporary tensors take"
              + " 704; use a smaller batch or raise -Dadjoint.memory",
          e.getMessage());
      assertThrows(MemoryException.class, () -> Tensor.owned(device, DType.F32, Shape.of(1)));
      assertEquals(2, scope.size());
      assertEquals(704, device.memory().live());
    }
    assertEquals(new MemoryUse(0, 704, 704), device.memory());
    try (Scope scope = Scope.open()) {
      result(100);
      result(10);
      assertEquals(2, scope.size(), "what waits can be used again");
    }
    assertEquals(1, Tensor.owned(device, DType.F32, Shape.of(1)).size());
  }

  @Test
  void arraysThatWaitGiveWayToNewOnes() {
    device.limit(1000);
    try (Scope scope = Scope.open()) {
      result(100);
      assertEquals(1, scope.size());
    }
    try (Scope scope = Scope.open()) {
      result(200);
      assertEquals(1, scope.size());
      assertEquals(new MemoryUse(896, 0, 896), device.memory());
    }
    device.limit(895);
    assertEquals(0, device.memory().pooled());
    assertEquals(895, device.limit());
    assertThrows(ArgumentException.class, () -> device.limit(-1));
  }

  @Test
  void aLimitIsWrittenAsForTheJvm() {
    assertEquals(Long.MAX_VALUE, device.limit());
    assertEquals(12, ArrayPool.parse("12"));
    assertEquals(3L << 30, ArrayPool.parse("3221225472"));
    assertEquals(512L << 20, ArrayPool.parse("512m"));
    assertEquals(1L << 10, ArrayPool.parse("1K"));
    assertEquals(999_999_999L << 30, ArrayPool.parse("999999999g"));
    for (String wrong : new String[] {"", "m", "-1", "1t", "1.5g", "1234567890g", "1 m"}) {
      ArgumentException e =
          assertThrows(ArgumentException.class, () -> ArrayPool.parse(wrong), wrong);
      assertEquals(
          "memory: adjoint.memory is \""
              + wrong
              + "\"; give bytes, or a number with k, m or g, such as 512m",
          e.getMessage());
    }
  }

  @Test
  void aListenerIsToldOfEveryBufferAndMayRefuseIt() {
    List<String> told = new ArrayList<>();
    assertNull(
        device.listener((dtype, size, temporary) -> told.add(dtype + " " + size + temporary)));
    Tensor.owned(device, DType.F64, Shape.of(7));
    try (Scope scope = Scope.open()) {
      result(3);
      MemoryListener refuses =
          (dtype, size, temporary) -> {
            throw new MemoryException("allocate", "size", size, "it is refused");
          };
      assertNotNull(device.listener(refuses));
      assertThrows(MemoryException.class, () -> result(4));
      assertSame(refuses, device.listener(null));
      result(5);
      assertEquals(2, scope.size());
    }
    assertEquals(List.of("float64 7false", "float32 3true"), told);
    assertEquals(0, device.memory().live());
  }

  // ---- transfer -----------------------------------------------------------------------------

  @Test
  void nothingIsThereToDetachOnADeviceWithoutABook() {
    Storage plain =
        new Storage(device, DType.F32, 1) {
          @Override
          public String toString() {
            return "plain";
          }
        };
    plain.detach();
    assertFalse(plain.isReleased());
    assertThrows(DeviceException.class, () -> device.download(plain, 0, new float[1], 0, 1));
  }

  // ---- context ------------------------------------------------------------------------------

  @Test
  void theContextHoldsItsSwitchesPerThread() throws InterruptedException {
    Context c = Context.current();
    assertTrue(c.gradients());
    assertTrue(c.gradients(false));
    assertFalse(c.gradients(true));
    assertFalse(c.anomalies());
    assertFalse(c.anomalies(true));
    AtomicReference<Context> other = new AtomicReference<>();
    Thread t = new Thread(() -> other.set(Context.current()));
    t.start();
    t.join();
    assertNotSame(c, other.get());
    assertFalse(other.get().anomalies());
    assertTrue(c.anomalies(false));
    assertNull(c.listener("me"));
    assertEquals("me", c.listener());
    assertEquals("me", c.listener(null));
  }

  @Test
  void everyExceptionNamesItsFacts() {
    for (AdjointException e :
        new AdjointException[] {
          new ArgumentException("op", "arg", 1, "fix"),
          new DeviceException("op", "arg", 1, "fix"),
          new DTypeException("op", "arg", 1, "fix"),
          new MemoryException("op", "arg", 1, "fix"),
          new ReleasedException("op", "arg", 1, "fix"),
          new ShapeException("op", "arg", 1, "fix")
        }) {
      assertEquals("op: arg is 1; fix", e.getMessage());
      assertEquals("op", e.op());
      assertEquals("arg", e.argument());
      assertEquals("1", e.value());
      assertEquals("fix", e.remedy());
    }
  }

  @Test
  void anExceptionAsAValueIsWhatItSays() {
    AdjointException inner = new ShapeException("inner", "x", "[2]", "reshape it");
    assertEquals(
        "outer: f is refused (inner: x is [2]; reshape it); fix",
        new ArgumentException("outer", "f", inner, "fix").getMessage());
    assertEquals(
        "NoSuchFileException: a/b",
        new ArgumentException("op", "f", new NoSuchFileException("a/b"), "fix").value());
    assertEquals(
        "EOFException", new ArgumentException("op", "f", new EOFException(), "fix").value());
  }
}
