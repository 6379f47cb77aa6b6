package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import org.adjoint.kernels.ptx.PtxFault;
import org.adjoint.kernels.ptx.PtxSource;
import org.adjoint.tensor.DeviceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a simulated GPU allows and refuses, as a real one does or should. */
class SimulatedQueueTest {
  private final SimulatedDriver driver = new SimulatedDriver();
  private final CudaDriver.Stream a = driver.stream();
  private final CudaDriver.Stream b = driver.stream();
  private final MemorySegment host = driver.pinned(16);
  private final long x = driver.allocate(16);
  private final long y = driver.allocate(16);
  private final CudaDriver.Function neg =
      driver.load(PtxSource.load("unary.ptx")).function("neg_f32");

  private static void refused(String why, Executable call) {
    DeviceException e = assertThrows(DeviceException.class, call);
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  private void set(int... numbers) {
    MemorySegment.copy(numbers, 0, host, ValueLayout.JAVA_INT, 0, numbers.length);
  }

  private int[] get(CudaDriver.Stream stream, long from) {
    stream.copyOut(host, from);
    stream.synchronize();
    return host.toArray(ValueLayout.JAVA_INT);
  }

  /** y = -x, of four floats. */
  private void negate(CudaDriver.Stream stream) {
    Parameters p = new Parameters().address(y).address(x).integer(1).integer(4);
    stream.launch(neg, Geometry.of(1, 32), p.integer(0).integer(1).number(0).number(0));
  }

  private static final int ONE = Float.floatToRawIntBits(1);
  private static final int MINUS_ONE = Float.floatToRawIntBits(-1);

  // ---- order --------------------------------------------------------------------------------

  @Test
  void whatNothingOrdersIsAFault() {
    set(ONE, ONE, ONE, ONE);
    b.copyIn(x, host);
    PtxFault e = assertThrows(PtxFault.class, () -> negate(a));
    assertEquals(PtxFault.Kind.UNORDERED, e.kind());
    assertTrue(e.getMessage().contains("queue 1 writes"), e.getMessage());
    assertTrue(e.getMessage().contains("unary"), e.getMessage());
  }

  @Test
  void aMarkOrdersTwoQueues() {
    CudaDriver.Event arrived = driver.event();
    a.await(arrived); // Never set: nothing to wait for.
    set(ONE, ONE, ONE, ONE);
    b.copyIn(x, host);
    b.record(arrived);
    a.await(arrived);
    negate(a);
    refused("still reads, and nothing orders queue 1", () -> b.fill(x, 0, 4));
    CudaDriver.Event used = driver.event();
    a.record(used);
    b.await(used);
    b.fill(x, 0, 4);
    assertArrayEquals(new int[] {MINUS_ONE, MINUS_ONE, MINUS_ONE, MINUS_ONE}, get(b, y));
    assertTrue(used.millisecondsSince(arrived) > 0);
  }

  @Test
  void theHostOrdersWhatItHasWaitedFor() {
    b.fill(x, 7, 4);
    refused("queue 1 writes", () -> a.copy(y, x, 16));
    refused("queue 1 writes", () -> a.fill(x, 0, 4));
    b.synchronize();
    a.copy(y, x, 16);
    CudaDriver.Event done = driver.event();
    a.record(done);
    done.synchronize();
    b.fill(x, 0, 4);
    assertArrayEquals(new int[] {7, 7, 7, 7}, get(b, y));
  }

  @Test
  void bothMayRead() {
    a.fill(x, 5, 4);
    a.synchronize();
    a.copy(y, x, 16);
    assertArrayEquals(new int[] {5, 5, 5, 5}, get(b, x));
  }

  // ---- pinned memory ------------------------------------------------------------------------

  @Test
  void pinnedMemoryStaysAsItIsUntilTheCopyIsDone() {
    set(1, 2, 3, 4);
    a.copyIn(x, host);
    set(5, 6, 7, 8);
    refused("changed before the copy", a::synchronize);
    set(1, 2, 3, 4);
    a.copyIn(y, host);
    set(5, 6, 7, 8);
    refused("changed before the copy", () -> a.copyIn(x, host));
  }

  @Test
  void numbersArriveWhenTheHostHasWaited() {
    a.fill(x, 9, 4);
    a.copyOut(host, x);
    assertEquals(0xA5A5A5A5, host.get(ValueLayout.JAVA_INT, 0));
    refused("before another has brought", () -> b.copyIn(y, host));
    a.copyIn(y, host); // In the same queue the numbers are there.
    a.synchronize();
    assertEquals(9, host.get(ValueLayout.JAVA_INT, 0));
    assertArrayEquals(new int[] {9, 9, 9, 9}, get(a, y));
  }

  @Test
  void copiesAreOfPinnedMemory() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment other = arena.allocate(16, 8);
      refused("not pinned", () -> a.copyIn(x, other));
      refused("not pinned", () -> a.copyOut(other, x));
    }
  }

  // ---- graphs -------------------------------------------------------------------------------

  @Test
  void capturedWorkIsDoneAtEachLaunchOfItsGraph() {
    a.fill(x, ONE, 4);
    a.fill(y, 0, 4);
    a.synchronize();
    CudaDriver.Event inside = driver.event();
    b.beginCapture();
    negate(b);
    b.copy(x, y, 16);
    b.record(inside);
    b.await(inside);
    long launches = driver.launches();
    CudaDriver.Graph graph = b.endCapture();
    assertArrayEquals(new int[4], get(a, y), "nothing is done yet");
    a.launch(graph);
    assertArrayEquals(new int[] {MINUS_ONE, MINUS_ONE, MINUS_ONE, MINUS_ONE}, get(a, y));
    a.launch(graph);
    assertArrayEquals(new int[] {ONE, ONE, ONE, ONE}, get(a, y));
    assertEquals(launches, driver.launches());
    assertEquals(2, driver.graphLaunches());
    b.beginCapture();
    b.launch(graph);
    try (CudaDriver.Graph outer = b.endCapture()) {
      a.launch(outer);
    }
    assertArrayEquals(new int[] {MINUS_ONE, MINUS_ONE, MINUS_ONE, MINUS_ONE}, get(a, y));
    graph.close();
    refused("CUDA_ERROR_INVALID_VALUE", () -> a.launch(graph));
    refused("CUDA_ERROR_CAPTURED_EVENT", inside::synchronize);
    refused("CUDA_ERROR_STREAM_CAPTURE_ISOLATION", () -> a.await(inside));
  }

  @Test
  void whatCannotBePartOfAGraphSpoilsIt() {
    CudaDriver.Event outside = driver.event();
    a.record(outside);
    spoils("cuMemAlloc", () -> driver.allocate(16));
    spoils("cuMemFree", () -> driver.free(y));
    spoils("cuMemHostAlloc", () -> driver.pinned(16));
    spoils("cuModuleLoadData", () -> driver.load(PtxSource.load("unary.ptx")));
    spoils("cuStreamSynchronize", b::synchronize);
    spoils("CUDA_ERROR_STREAM_CAPTURE_ISOLATION", () -> b.await(outside));
    // Other queues and other threads go on meanwhile.
    b.beginCapture();
    a.fill(x, 3, 4);
    a.synchronize();
    outside.synchronize();
    CompletableFuture.runAsync(() -> driver.free(driver.allocate(16))).join();
    b.copy(y, x, 16);
    a.launch(b.endCapture());
    assertArrayEquals(new int[] {3, 3, 3, 3}, get(a, y));
  }

  private void spoils(String why, Executable call) {
    b.beginCapture();
    refused(why, call);
    refused("CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", () -> b.fill(x, 0, 4));
    refused("CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", b::endCapture);
  }

  @Test
  void capturesBeginAndEndInTurn() {
    refused("CUDA_ERROR_ILLEGAL_STATE", b::endCapture);
    b.beginCapture();
    refused("CUDA_ERROR_ILLEGAL_STATE", b::beginCapture);
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () -> refused("CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", b::endCapture));
    other.join();
    b.endCapture().close();
  }

  // ---- mistakes -----------------------------------------------------------------------------

  @Test
  void aGpuWhoseKernelHasFailedIsLost() {
    a.fill(x, ONE, 4);
    // Wrong arguments are refused, and nothing has run.
    assertThrows(
        PtxFault.class,
        () -> a.launch(neg, Geometry.of(1, 32), new Parameters().address(y).address(x)));
    negate(a);
    Parameters tooMany = new Parameters().address(y).address(x).integer(1).integer(5);
    tooMany.integer(0).integer(1).number(0).number(0);
    PtxFault fault = assertThrows(PtxFault.class, () -> a.launch(neg, Geometry.of(1, 32), tooMany));
    assertEquals(PtxFault.Kind.OUT_OF_BOUNDS, fault.kind());
    DeviceException e = assertThrows(DeviceException.class, a::synchronize);
    String message = e.getMessage();
    assertTrue(message.startsWith("sim: cuStreamSynchronize is CUDA_ERROR_LAUNCH_FAILED"), message);
    assertTrue(message.contains("this GPU is lost to this process"), message);
    assertTrue(message.contains("the last launches were neg_f32(0x"), message);
    assertTrue(message.contains(", 1, 5, 0, 1, 0.0f, 0.0f) in grid (1, 1, 1) x block"), message);
    assertTrue(message.contains("; before it neg_f32(0x"), message);
    assertEquals(fault, e.getCause());
    refused("cuMemsetD32Async is CUDA_ERROR_LAUNCH_FAILED", () -> b.fill(y, 0, 4));
  }
}
