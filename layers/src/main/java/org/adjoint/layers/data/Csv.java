package org.adjoint.layers.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * A table of text (RFC 4180): fields in quotes may hold separators, line ends and doubled quotes.
 *
 * @param source the file, for messages
 * @param header the names of the columns
 * @param rows as many fields each; the first is on line 2 at the earliest
 */
public record Csv(String source, List<String> header, List<List<String>> rows) {
  /** A table's samples and what their classes are called. */
  public record Labelled(Samples samples, List<String> classes) {}

  /** Copies the lists. */
  public Csv {
    header = List.copyOf(header);
    rows = List.copyOf(rows);
  }

  /**
   * Reads a file with a line of names, separated by commas.
   *
   * @throws DataException if it is missing or unreadable, or breaks a rule, with the line
   */
  public static Csv read(Path file) {
    return read(file, ',');
  }

  /** Reads a file with a line of names and another separator; see {@link #read(Path)}. */
  public static Csv read(Path file, char separator) {
    List<List<String>> all = new Parser(file.toString(), DataFile.text(file), separator).rows();
    if (all.isEmpty()) {
      throw new DataException("csv", file.toString(), "empty", "the first line names the columns");
    }
    List<String> header = all.get(0);
    if (new TreeSet<>(header).size() < header.size()) {
      throw new DataException(
          "csv", file + ", line 1", "a name twice in " + header, "give each column its own name");
    }
    return new Csv(file.toString(), header, all.subList(1, all.size()));
  }

  /**
   * Returns a column as numbers.
   *
   * @throws DataException if there is no such column, or a field is no number, with its row
   */
  public double[] numbers(String column) {
    int c = index(column);
    double[] values = new double[rows.size()];
    for (int i = 0; i < values.length; i++) {
      String field = rows.get(i).get(c).strip();
      try {
        values[i] = Double.parseDouble(field);
      } catch (NumberFormatException e) {
        throw new DataException(
            "csv",
            source + ", row " + (i + 1) + ", column " + column,
            "\"" + field + "\"",
            "it must be a number; fill or remove the row");
      }
    }
    return values;
  }

  /**
   * Returns the rows as samples: a class column, and all others as features.
   *
   * @throws DataException as {@link #numbers}
   */
  public Labelled labelled(String column) {
    int c = index(column);
    List<String> classes = List.copyOf(new TreeSet<>(rows.stream().map(r -> r.get(c)).toList()));
    int features = header.size() - 1;
    float[] values = new float[rows.size() * features];
    for (int f = 0; f <= features; f++) {
      if (f != c) {
        double[] numbers = numbers(header.get(f));
        for (int i = 0; i < numbers.length; i++) {
          values[i * features + (f < c ? f : f - 1)] = (float) numbers[i];
        }
      }
    }
    int[] labels = rows.stream().mapToInt(r -> classes.indexOf(r.get(c))).toArray();
    return new Labelled(Samples.of(values, labels, classes.size(), features), classes);
  }

  private int index(String column) {
    int c = header.indexOf(column);
    if (c < 0) {
      throw new DataException("csv", source, "without a column " + column, "it has " + header);
    }
    return c;
  }

  private static final class Parser {
    private final String source;
    private final String text;
    private final char separator;
    private int at;
    private int line = 1;

    Parser(String source, String text, char separator) {
      this.source = source;
      this.text = text;
      this.separator = separator;
    }

    DataException wrong(String found, String remedy) {
      return new DataException("csv", source + ", line " + line, found, remedy);
    }

    List<List<String>> rows() {
      List<List<String>> rows = new ArrayList<>();
      while (at < text.length()) {
        int start = line;
        List<String> row = row();
        if (!rows.isEmpty() && row.size() != rows.get(0).size()) {
          line = start;
          throw wrong(
              row.size() + " fields long", "the first line has " + rows.get(0).size() + " names");
        }
        rows.add(row);
      }
      return rows;
    }

    private List<String> row() {
      List<String> fields = new ArrayList<>();
      while (true) {
        fields.add(at < text.length() && text.charAt(at) == '"' ? quoted() : plain());
        if (at < text.length() && text.charAt(at) == separator) {
          at++;
        } else {
          end();
          return fields;
        }
      }
    }

    private String plain() {
      int from = at;
      while (at < text.length()
          && text.charAt(at) != separator
          && text.charAt(at) != '\n'
          && text.charAt(at) != '\r') {
        if (text.charAt(at) == '"') {
          throw wrong("a quote inside a field", "put the whole field in quotes and double it");
        }
        at++;
      }
      return text.substring(from, at);
    }

    private String quoted() {
      StringBuilder field = new StringBuilder();
      int start = line;
      for (at++; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == '"') {
          at++;
          if (at == text.length() || text.charAt(at) != '"') {
            return field.toString();
          }
        }
        line += c == '\n' ? 1 : 0;
        field.append(c);
      }
      line = start;
      throw wrong("a quote without its end", "close it");
    }

    private void end() {
      if (at < text.length() && text.charAt(at) == '\r') {
        at++;
      }
      if (at < text.length() && text.charAt(at) != '\n') {
        throw wrong("something behind a quoted field", "put a separator or a line end there");
      }
      at++;
      line++;
    }
  }
}
