import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopScoreDocCollector;
import org.apache.lucene.search.TotalHitCountCollector;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.NIOFSDirectory;

/** Lucene as a contestant: takes one command a line, answers with one line of JSON. */
public class LuceneDriver {
  /** Positions between two zones of a document, as in the analysed documents of the product. */
  static final int ZONE_GAP = 16;
  static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  static final Analyzer ANALYZER = new Analyzer() {
    @Override
    protected TokenStreamComponents createComponents(String field) {
      return new TokenStreamComponents(new WhitespaceTokenizer());
    }

    @Override
    public int getPositionIncrementGap(String field) {
      return ZONE_GAP;
    }
  };

  static IndexSearcher searcher;
  static final Map<String, List<Query>> QUERIES = new LinkedHashMap<>();
  /** The same in the order of their file. */
  static final List<Query> IN_ORDER = new ArrayList<>();
  static final Path IO = Paths.get("/proc/self/io");

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line;
    while ((line = in.readLine()) != null) {
      String[] words = line.split("\t");
      String answer;
      switch (words[0]) {
        case "index":
          answer = index(words[1], Integer.parseInt(words[2]), words[3], Integer.parseInt(words[4]));
          break;
        case "settle":
          answer = settle(words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]));
          break;
        case "open":
          open(words[1], words[2], words[3].equals("mapped"));
          answer = "{}";
          break;
        case "time":
          answer = time(words[1], words[2], Double.parseDouble(words[3]));
          break;
        case "classes":
          answer = "{\"classes\":[\"" + String.join("\",\"", QUERIES.keySet()) + "\"]}";
          break;
        case "each":
          answer = each();
          break;
        case "close":
          searcher.getIndexReader().close();
          answer = "{}";
          break;
        case "hits":
          answer = hits(words[1]);
          break;
        default:
          throw new IllegalArgumentException(line);
      }
      System.out.println(answer);
      System.out.flush();
    }
  }

  static IndexWriterConfig config(int ram_mb) {
    IndexWriterConfig config = new IndexWriterConfig(ANALYZER);
    config.setRAMBufferSizeMB(ram_mb);
    config.setSimilarity(new BM25Similarity());
    config.setUseCompoundFile(false);
    return config;
  }

  static long processCpu_ns() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
  }

  /** Indexes a corpus with its text stored, and commits. */
  static String index(String corpus, int limit, String folder, int ram_mb) throws Exception {
    long cpu = processCpu_ns();
    long wall = System.nanoTime();
    FieldType text = new FieldType();
    text.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
    text.setTokenized(true);
    text.freeze();
    int count = 0;
    try (Directory directory = new MMapDirectory(Paths.get(folder))) {
      IndexWriterConfig config = config(ram_mb);
      config.setOpenMode(IndexWriterConfig.OpenMode.CREATE);
      try (IndexWriter writer = new IndexWriter(directory, config);
          BufferedReader reader = new BufferedReader(
              new InputStreamReader(new FileInputStream(corpus), StandardCharsets.UTF_8), 1 << 20)) {
        String line;
        while (count < limit && (line = reader.readLine()) != null) {
          Document document = new Document();
          document.add(new StringField("id", id(count), Field.Store.NO));
          document.add(new NumericDocValuesField("docId", mix(count) & ((1L << 53) - 1)));
          document.add(new NumericDocValuesField("site", count % 97));
          document.add(new NumericDocValuesField("content", mix(count) >>> 32));
          document.add(new NumericDocValuesField("date", 27_000_000 + count % 100_000));
          document.add(new NumericDocValuesField("ranks", 128));
          int from = 0;
          while (from <= line.length()) {
            int past = line.indexOf('\t', from);
            if (past < 0) past = line.length();
            document.add(new Field("text", line.substring(from + 1, past), text));
            from = past + 1;
          }
          document.add(new StoredField("stored", line));
          writer.addDocument(document);
          count++;
        }
        writer.commit();
      }
    }
    return String.format("{\"documents\":%d,\"cpu_s\":%.4f,\"wall_s\":%.4f}", count,
        (processCpu_ns() - cpu) / 1e9, (System.nanoTime() - wall) / 1e9);
  }

  static String id(int number) {
    return Long.toHexString(mix(number) & ((1L << 53) - 1));
  }

  /** Well-mixed bits of a number. */
  static long mix(long number) {
    long z = (number + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Merges to one segment, then deletes every `every`th document from the one with number `first` on. */
  static String settle(String folder, int first, int every) throws Exception {
    long bytes = 0;
    try (Directory directory = new MMapDirectory(Paths.get(folder))) {
      try (IndexWriter writer = new IndexWriter(directory, config(64))) {
        writer.forceMerge(1);
        writer.commit();
        int documents = writer.getDocStats().numDocs;
        for (String name : directory.listAll()) {
          // What is stored beside the index is not the index.
          if (!name.endsWith(".fdt") && !name.endsWith(".fdx") && !name.endsWith(".fdm")) bytes += directory.fileLength(name);
        }
        if (every > 0) for (int i = first; i < documents; i += every) writer.deleteDocuments(new Term("id", id(i)));
        writer.commit();
      }
    }
    return "{\"bytes\":" + bytes + "}";
  }

  static void open(String folder, String queryFile, boolean isMapped) throws Exception {
    Path path = Paths.get(folder);
    Directory directory = isMapped ? new MMapDirectory(path) : new NIOFSDirectory(path);
    searcher = new IndexSearcher(DirectoryReader.open(directory));
    searcher.setQueryCache(null);
    searcher.setSimilarity(new BM25Similarity());
    QUERIES.clear();
    IN_ORDER.clear();
    for (String line : Files.readAllLines(Paths.get(queryFile))) {
      String[] parts = line.split("\t");
      Query query = query(parts[0], parts[1].split(" "));
      QUERIES.computeIfAbsent(parts[0], key -> new ArrayList<>()).add(query);
      IN_ORDER.add(query);
    }
  }

  static Query query(String name, String[] words) {
    if (name.startsWith("PH")) {
      PhraseQuery.Builder builder = new PhraseQuery.Builder();
      for (int i = 0; i < words.length; i++) builder.add(new Term("text", words[i]), i);
      return builder.build();
    }
    if (words.length == 1) return new TermQuery(new Term("text", words[0]));
    BooleanQuery.Builder builder = new BooleanQuery.Builder();
    BooleanClause.Occur occur = name.startsWith("OR") ? BooleanClause.Occur.SHOULD : BooleanClause.Occur.MUST;
    for (String word : words) builder.add(new TermQuery(new Term("text", word)), occur);
    return builder.build();
  }

  static void run(Query query, String mode) throws Exception {
    switch (mode) {
      case "top":
        searcher.search(query, 10);
        break;
      case "scored":
        searcher.search(query, TopScoreDocCollector.create(10, Integer.MAX_VALUE));
        break;
      default:
        searcher.search(query, new TotalHitCountCollector());
    }
  }

  /** Runs the queries of a class over and over for `least_ms` of thread time. */
  static String time(String name, String mode, double least_ms) throws Exception {
    List<Query> queries = QUERIES.get(name);
    long begin = THREADS.getCurrentThreadCpuTime();
    long spent = 0;
    long runs = 0;
    while (spent < least_ms * 1e6) {
      for (Query query : queries) run(query, mode);
      runs += queries.size();
      spent = THREADS.getCurrentThreadCpuTime() - begin;
    }
    return String.format("{\"us\":%.4f}", spent / 1e3 / runs);
  }

  /** What a result is told by in the product, too. */
  static final String[] TOLD = {"docId", "site", "content", "ranks"};

  /** The ten best, and of each what it is told by. */
  static long tell(Query query) throws Exception {
    ScoreDoc[] found = searcher.search(query, 10).scoreDocs;
    // In the order of documents, so that each column is gone through once.
    Arrays.sort(found, Comparator.comparingInt(hit -> hit.doc));
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    long sum = 0;
    for (String name : TOLD) {
      LeafReaderContext leaf = null;
      NumericDocValues values = null;
      for (ScoreDoc hit : found) {
        LeafReaderContext own = leaves.get(ReaderUtil.subIndex(hit.doc, leaves));
        if (own != leaf) values = own.reader().getNumericDocValues(name);
        leaf = own;
        if (values.advanceExact(hit.doc - own.docBase)) sum += values.longValue();
      }
    }
    return sum;
  }

  /** Each query once, in order: time by the clock, and bytes read from storage. */
  static String each() throws Exception {
    StringBuilder out = new StringBuilder("{\"samples\":[");
    for (Query query : IN_ORDER) {
      long read = bytesRead();
      long begin = System.nanoTime();
      tell(query);
      double us = (System.nanoTime() - begin) / 1e3;
      if (out.charAt(out.length() - 1) != '[') out.append(',');
      out.append(String.format("{\"us\":%.1f,\"bytes\":%d}", us, bytesRead() - read));
    }
    return out.append("]}").toString();
  }

  static long bytesRead() throws Exception {
    for (String line : Files.readAllLines(IO)) {
      if (line.startsWith("read_bytes: ")) return Long.parseLong(line.substring(12));
    }
    return 0;
  }

  static String hits(String name) throws Exception {
    StringBuilder out = new StringBuilder("{\"hits\":[");
    for (Query query : QUERIES.get(name)) {
      TotalHitCountCollector collector = new TotalHitCountCollector();
      searcher.search(query, collector);
      if (out.charAt(out.length() - 1) != '[') out.append(',');
      out.append(collector.getTotalHits());
    }
    return out.append("]}").toString();
  }
}
