package org.adjoint.kernels;

import java.util.List;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.adjoint.kernels.TracingKernels.Call;
import org.adjoint.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The Flight Recorder's event of one kernel call, {@code org.adjoint.Kernel}: start and duration by
 * the recorder's clock, the rest as in {@link Call}. Touched only where {@link KernelEvents} has
 * found the module {@code jdk.jfr}.
 */
@Name("org.adjoint.Kernel")
@Label("Kernel")
@Description("One call of a kernel, checks and copies of views included")
@Category("Adjoint")
@StackTrace(false)
final class KernelEvent extends Event {
  /** Never begun; asked whether a recording wants such events, which allocates nothing. */
  static final KernelEvent PROBE = new KernelEvent();

  @Label("Operation")
  @Nullable String op;

  @Label("Family")
  @Nullable String family;

  @Label("Implementation")
  @Nullable String kernel;

  @Label("Backend")
  @Nullable String backend;

  @Label("Element Type")
  @Nullable String dtype;

  @Label("Shapes")
  @Description("The shapes of the tensors in the order of the arguments, results included")
  @Nullable String shapes;

  @Label("Bytes")
  @Description("What the tensors hold together: what must at least be read and written")
  @DataAmount
  long bytes;

  /** Fills the fields and hands the event, which has ended, to the recorder. */
  void commit(Call call, String device) {
    op = call.op();
    family = call.family().name();
    kernel = call.kernel();
    backend = device;
    dtype = call.dtype().toString();
    StringBuilder text = new StringBuilder();
    List<Shape> all = call.shapes();
    for (int i = 0; i < all.size(); i++) {
      text.append(i == 0 ? "" : " ").append(all.get(i));
    }
    shapes = text.toString();
    bytes = call.bytes();
    commit();
  }
}
