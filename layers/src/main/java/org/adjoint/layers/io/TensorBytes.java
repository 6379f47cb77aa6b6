package org.adjoint.layers.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Tensors to bytes and back, piece by piece. */
final class TensorBytes {
  static final int CHUNK = 1 << 14;
  private static final int MAX_RANK = 32;

  private TensorBytes() {}

  /** Writes the elements in row-major order, lowest byte first. */
  static void write(WritableByteChannel out, Tensor t) throws IOException {
    // A view is laid out densely first; parameters always are dense.
    Tensor dense = t.isContiguous() ? t : t.to(t.device());
    ElementType type = ElementType.of(t.dtype());
    int piece = Math.min(t.size(), CHUNK / type.bytes());
    ByteBuffer buffer = little(piece * type.bytes());
    Object array = type.array(piece);
    int from = dense.layout().offset();
    for (int done = 0, n; done < t.size(); done += n) {
      n = Math.min(piece, t.size() - done);
      t.device().download(dense.storage(), from + done, array, 0, n);
      type.encode(array, buffer.clear(), n);
      AtomicFile.writeFully(out, buffer.flip());
    }
  }

  /**
   * Reads the elements of a tensor that no scope owns.
   *
   * @param file for messages
   * @param name the tensor, for messages
   * @throws CheckpointException if the bytes end too early, or int32 cannot hold a value
   */
  static Tensor read(
      ReadableByteChannel in,
      String file,
      String name,
      ElementType type,
      Shape shape,
      ByteOrder order,
      Device device)
      throws IOException {
    Tensor t = Tensor.owned(device, type.dtype(), shape);
    int piece = Math.min(t.size(), CHUNK / type.bytes());
    ByteBuffer buffer = ByteBuffer.allocate(piece * type.bytes()).order(order);
    Object array = type.array(piece);
    for (int done = 0, n; done < t.size(); done += n) {
      n = Math.min(piece, t.size() - done);
      fill(in, file, buffer.clear().limit(n * type.bytes()));
      int bad = type.decode(buffer.flip(), array, n);
      if (bad >= 0) {
        throw new CheckpointException(
            "load",
            file,
            "a file whose \"" + name + "\" has an element " + (done + bad) + " beyond int32",
            type + " becomes int32, from -2147483648 to 2147483647; scale it before saving");
      }
      device.upload(array, 0, t.storage(), done, n);
    }
    return t;
  }

  /** Reads until the buffer is full. */
  static void fill(ReadableByteChannel in, String file, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (in.read(buffer) < 0) {
        throw new CheckpointException("load", file, "truncated", "get it again");
      }
    }
  }

  static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Returns the shape of these extents, or null if a tensor cannot have it: more than 32 axes, or
   * 2³¹ elements and more.
   */
  static @Nullable Shape shape(long[] extents) {
    int[] dims = new int[extents.length];
    boolean empty = false;
    for (int i = 0; i < dims.length; i++) {
      if (extents.length > MAX_RANK || extents[i] < 0 || extents[i] > Integer.MAX_VALUE) {
        return null;
      }
      dims[i] = (int) extents[i];
      empty |= dims[i] == 0;
    }
    long size = empty ? 0 : 1;
    for (int extent : dims) {
      size = size > Integer.MAX_VALUE ? size : size * extent;
    }
    return size > Integer.MAX_VALUE ? null : Shape.of(dims);
  }
}
