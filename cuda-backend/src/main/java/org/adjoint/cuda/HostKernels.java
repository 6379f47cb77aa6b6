package org.adjoint.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.HeapStorage;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Storage;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The reference in the place of a kernel that has no PTX: the tensors are copied to the heap, the
 * reference computes, what it changed is copied back. Right, and slow; {@code check} and {@code
 * doctor} name the family after the reference wherever this serves it.
 */
final class HostKernels {
  private final Backend reference = new ReferenceBackend();
  private final LongAdder calls = new LongAdder();

  /** Returns how many calls the reference has served. */
  long calls() {
    return calls.sum();
  }

  /** Returns the kernels of a family, such as {@code ElementwiseKernels}. */
  <T> T family(Class<T> type, Family family) {
    Object plain = Kernels.of(reference.kernels(), family);
    InvocationHandler handler =
        (proxy, method, arguments) ->
            method.getDeclaringClass() == Object.class
                ? ofObject(proxy, method, arguments, family)
                : method.isDefault()
                    ? InvocationHandler.invokeDefault(proxy, method, arguments)
                    : call(plain, method, arguments);
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** Returns the name of the class that computes, of kernels of this backend. */
  static String name(Object kernels) {
    String own = kernels.getClass().getSimpleName();
    return Proxy.isProxyClass(kernels.getClass()) ? kernels.toString() : own;
  }

  private Object ofObject(Object proxy, Method method, Object[] arguments, Family family) {
    return switch (method.getName()) {
      case "equals" -> proxy == arguments[0];
      case "hashCode" -> System.identityHashCode(proxy);
      default -> reference.kernels().implementation(family);
    };
  }

  private @Nullable Object call(Object kernels, Method method, Object[] arguments)
      throws Throwable {
    calls.increment();
    List<Copy> copies = new ArrayList<>();
    for (Object a : arguments) {
      if (a instanceof Tensor t) {
        cover(copies, t);
      } else if (a instanceof Tensor[] more) {
        for (Tensor t : more) {
          cover(copies, t);
        }
      }
    }
    for (Copy copy : copies) {
      copy.fetch(reference);
    }
    Object[] onHeap = new Object[arguments.length];
    for (int i = 0; i < onHeap.length; i++) {
      onHeap[i] =
          switch (arguments[i]) {
            case Tensor t -> onHeap(copies, t);
            case Tensor[] more -> {
              Tensor[] all = new Tensor[more.length];
              for (int k = 0; k < all.length; k++) {
                all[k] = onHeap(copies, more[k]);
              }
              yield all;
            }
            case null, default -> arguments[i];
          };
    }
    Object result;
    try {
      result = method.invoke(kernels, onHeap);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof AdjointException a ? a : e;
    }
    for (Copy copy : copies) {
      copy.store();
    }
    return result;
  }

  private static void cover(List<Copy> copies, Tensor t) {
    find(copies, t).cover(t);
  }

  private static Copy find(List<Copy> copies, Tensor t) {
    for (Copy c : copies) {
      if (c.storage == t.storage()) {
        return c;
      }
    }
    Copy c = new Copy(t);
    copies.add(c);
    return c;
  }

  private static Tensor onHeap(List<Copy> copies, Tensor t) {
    Copy c = find(copies, t);
    return c.heap().view(t.layout().moved(-c.from));
  }

  /** The part of a buffer that the tensors of a call lie in, on the heap. */
  private static final class Copy {
    final Storage storage;
    int from;
    private int to;
    private @Nullable Tensor heap;
    private MemorySegment before = MemorySegment.NULL;

    Copy(Tensor first) {
      storage = first.storage();
      from = first.layout().offset();
    }

    void cover(Tensor t) {
      from = Math.min(from, t.layout().offset());
      to = Math.max(to, t.layout().offset() + t.layout().span());
    }

    Tensor heap() {
      if (heap == null) {
        throw new IllegalStateException("a copy that was not fetched");
      }
      return heap;
    }

    void fetch(Backend reference) {
      heap = Tensor.owned(reference, storage.dtype(), Shape.of(to - from));
      Object array = array();
      storage.device().download(storage, from, array, 0, to - from);
      MemorySegment now = segment(array);
      before = MemorySegment.ofArray(now.toArray(ValueLayout.JAVA_BYTE));
    }

    void store() {
      Object array = array();
      if (segment(array).mismatch(before) >= 0) {
        storage.device().upload(array, 0, storage, from, to - from);
      }
    }

    private Object array() {
      HeapStorage on = (HeapStorage) heap().storage();
      return switch (storage.dtype()) {
        case F32 -> on.floats();
        case F64 -> on.doubles();
        case I32 -> on.ints();
      };
    }

    private MemorySegment segment(Object array) {
      return switch (array) {
        case float[] f -> MemorySegment.ofArray(f);
        case double[] d -> MemorySegment.ofArray(d);
        default -> MemorySegment.ofArray((int[]) array);
      };
    }
  }
}
