package org.adjoint.layers.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;

/**
 * Named tensors in a file, in the safetensors format of Hugging Face, which Python reads and writes
 * too: eight bytes with the length of a JSON header, the header, the elements, all little-endian.
 *
 * <p>Reading trusts nothing: the header is at most 16 MiB, the tensors fill the file without
 * overlap or hole, and nothing is allocated for a tensor before all this is known. No class is ever
 * named by a file.
 */
public final class Safetensors {
  private static final int MAX_HEADER = 16 << 20;
  private static final int CHUNK = 1 << 14;

  private Safetensors() {}

  /**
   * What a file holds.
   *
   * @param tensors by name, in the order of the header, owned by no scope
   * @param metadata free strings
   */
  public record Contents(Map<String, Tensor> tensors, Map<String, String> metadata) {}

  // ---- writing --------------------------------------------------------------------------------

  /**
   * Writes a file, whole or not at all. Metadata stand in the order of their names, so that the
   * same contents give the same bytes.
   *
   * @throws CheckpointException if it cannot be written; an older file is then untouched
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    if (tensors.containsKey(SafetensorsHeader.METADATA)) {
      throw new CheckpointException(
          "save", file.toString(), "given a tensor " + SafetensorsHeader.METADATA, "rename it");
    }
    // The widest first: then every tensor is aligned to its element size.
    List<Map.Entry<String, Tensor>> order = new ArrayList<>(tensors.entrySet());
    order.sort(Comparator.comparingInt(e -> -e.getValue().dtype().bytes()));
    ByteBuffer header = header(order, metadata);
    AtomicFile.write(
        file,
        out -> {
          AtomicFile.writeFully(out, header);
          ByteBuffer buffer = buffer(CHUNK);
          for (Map.Entry<String, Tensor> e : order) {
            writeElements(out, e.getValue(), buffer);
          }
        });
  }

  private static ByteBuffer header(
      List<Map.Entry<String, Tensor>> order, Map<String, String> metadata) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      json.append(Json.text(SafetensorsHeader.METADATA)).append(":{");
      json.append(
          metadata.entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(e -> Json.text(e.getKey()) + ":" + Json.text(e.getValue()))
              .collect(Collectors.joining(",")));
      json.append(order.isEmpty() ? "}" : "},");
    }
    long at = 0;
    for (int i = 0; i < order.size(); i++) {
      Tensor t = order.get(i).getValue();
      long end = at + (long) t.size() * t.dtype().bytes();
      json.append(i == 0 ? "" : ",")
          .append(Json.text(order.get(i).getKey()))
          .append(":{\"dtype\":\"")
          .append(t.dtype().name())
          .append("\",\"shape\":")
          .append(t.shape().toString().replace(" ", ""))
          .append(",\"data_offsets\":[")
          .append(at)
          .append(',')
          .append(end)
          .append("]}");
      at = end;
    }
    json.append('}');
    byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + 7) / 8 * 8;
    ByteBuffer bytes = buffer(8 + padded).putLong(padded).put(text);
    while (bytes.hasRemaining()) {
      bytes.put((byte) ' ');
    }
    return bytes.flip();
  }

  private static void writeElements(WritableByteChannel out, Tensor t, ByteBuffer buffer)
      throws IOException {
    // A view is laid out densely first; parameters always are dense.
    Tensor dense = t.isContiguous() ? t : t.to(t.device());
    Staging staging = new Staging(t.dtype(), Math.min(t.size(), CHUNK / t.dtype().bytes()));
    int from = dense.layout().offset();
    for (int done = 0; done < t.size(); done += staging.length()) {
      int n = Math.min(staging.length(), t.size() - done);
      t.device().download(dense.storage(), from + done, staging.array(), 0, n);
      staging.put(buffer.clear(), n);
      AtomicFile.writeFully(out, buffer.flip());
    }
  }

  // ---- reading --------------------------------------------------------------------------------

  /**
   * Reads a file.
   *
   * @param device where the tensors shall live
   * @throws CheckpointException if the file is missing, unreadable or breaks a rule of the format
   */
  public static Contents read(Path file, Device device) {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      SafetensorsHeader header = header(in, file);
      long start = in.position();
      LinkedHashMap<String, Tensor> tensors = new LinkedHashMap<>();
      long largest = 0;
      for (SafetensorsHeader.Entry e : header.tensors().values()) {
        largest = Math.max(largest, e.end() - e.begin());
      }
      ByteBuffer buffer = buffer((int) Math.min(CHUNK, largest));
      for (Map.Entry<String, SafetensorsHeader.Entry> e : header.tensors().entrySet()) {
        in.position(start + e.getValue().begin());
        tensors.put(e.getKey(), readElements(in, file, e.getValue(), buffer, device));
      }
      return new Contents(
          Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(header.metadata()));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * Reads only the free strings of a file; the whole header is checked.
   *
   * @throws CheckpointException as {@link #read}
   */
  public static Map<String, String> readMetadata(Path file) {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      return Collections.unmodifiableMap(header(in, file).metadata());
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static CheckpointException unreadable(Path file, IOException e) {
    if (e instanceof NoSuchFileException) {
      CheckpointException missing =
          new CheckpointException(
              "load", file.toString(), "missing", "there is no such file; check the path");
      missing.initCause(e);
      return missing;
    }
    return new CheckpointException(
        "load", file.toString(), e, "it cannot be read; check that it is a file, and permissions");
  }

  private static SafetensorsHeader header(FileChannel in, Path file) throws IOException {
    long size = in.size();
    ByteBuffer eight = buffer(8);
    fill(in, file, eight, size);
    long length = eight.getLong(0);
    if (length < 2 || length > MAX_HEADER || length > size - 8) {
      throw new CheckpointException(
          "load",
          file.toString(),
          "a file of "
              + size
              + " bytes that announces a header of "
              + Long.toUnsignedString(length),
          "a header has 2 to "
              + MAX_HEADER
              + " bytes and fits into the file;"
              + " it is damaged or no safetensors file");
    }
    byte[] text = new byte[(int) length];
    fill(in, file, ByteBuffer.wrap(text), size);
    SafetensorsHeader header = SafetensorsHeader.parse(file.toString(), text);
    requireNoHoles(file, header, size - 8 - length);
    return header;
  }

  private static void requireNoHoles(Path file, SafetensorsHeader header, long dataLength) {
    List<SafetensorsHeader.Entry> order = new ArrayList<>(header.tensors().values());
    order.sort(
        Comparator.comparingLong(SafetensorsHeader.Entry::begin)
            .thenComparingLong(SafetensorsHeader.Entry::end));
    long at = 0;
    for (SafetensorsHeader.Entry e : order) {
      if (e.begin() != at) {
        throw new CheckpointException(
            "load",
            file.toString(),
            "a file with " + (e.begin() < at ? "overlapping tensors" : "a hole between tensors"),
            "tensors must fill it; it is damaged");
      }
      at = e.end();
    }
    if (at != dataLength) {
      throw new CheckpointException(
          "load",
          file.toString(),
          "a file with " + dataLength + " bytes of data where its header says " + at,
          at > dataLength ? "it is truncated; get it again" : "it is damaged; get it again");
    }
  }

  private static Tensor readElements(
      FileChannel in, Path file, SafetensorsHeader.Entry e, ByteBuffer buffer, Device device)
      throws IOException {
    Tensor t = Tensor.owned(device, e.dtype(), e.shape());
    Staging staging = new Staging(e.dtype(), Math.min(t.size(), CHUNK / e.dtype().bytes()));
    for (int done = 0; done < t.size(); done += staging.length()) {
      int n = Math.min(staging.length(), t.size() - done);
      fill(in, file, buffer.clear().limit(n * e.dtype().bytes()), in.size());
      staging.get(buffer.flip(), n);
      device.upload(staging.array(), 0, t.storage(), done, n);
    }
    return t;
  }

  private static void fill(FileChannel in, Path file, ByteBuffer buffer, long size)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (in.read(buffer) < 0) {
        throw new CheckpointException(
            "load", file.toString(), "truncated at " + size + " bytes", "get it again");
      }
    }
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** An array between a tensor and the bytes of a file. */
  private record Staging(DType dtype, Object array, int length) {
    Staging(DType dtype, int length) {
      this(
          dtype,
          switch (dtype) {
            case F32 -> new float[length];
            case F64 -> new double[length];
            case I32 -> new int[length];
          },
          length);
    }

    void put(ByteBuffer bytes, int n) {
      switch (dtype) {
        case F32 -> bytes.asFloatBuffer().put((float[]) array, 0, n);
        case F64 -> bytes.asDoubleBuffer().put((double[]) array, 0, n);
        case I32 -> bytes.asIntBuffer().put((int[]) array, 0, n);
      }
      bytes.position(n * dtype.bytes());
    }

    void get(ByteBuffer bytes, int n) {
      switch (dtype) {
        case F32 -> bytes.asFloatBuffer().get((float[]) array, 0, n);
        case F64 -> bytes.asDoubleBuffer().get((double[]) array, 0, n);
        case I32 -> bytes.asIntBuffer().get((int[]) array, 0, n);
      }
    }
  }
}
