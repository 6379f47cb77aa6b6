package org.adjoint.cuda;

import java.lang.foreign.MemorySegment;
import org.adjoint.tensor.Inlet;
import org.adjoint.tensor.Storage;

/**
 * Uploads in the device's second queue, which the copy engine works off while kernels run. Two
 * marks order it with the first: behind the work that used the memory last, and behind the numbers
 * that have arrived. Not for several threads at once.
 */
final class CudaInlet implements Inlet {
  private final CudaDevice device;
  private final CudaDriver.Event used;
  private final CudaDriver.Event arrived;

  CudaInlet(CudaDevice device) {
    this.device = device;
    used = device.driver().event();
    arrived = device.driver().event();
  }

  @Override
  public void upload(Object array, int from, Storage target, int to, int count) {
    long address = device.address("upload", target, to, count);
    MemorySegment numbers = CudaDevice.numbers("upload", array, from, target.dtype(), count);
    device.copies().upload(numbers, address, used, arrived);
  }

  @Override
  public void acquire() {
    device.stream().await(arrived);
  }

  @Override
  public void release() {
    device.stream().record(used);
  }
}
