using System.Buffers.Binary;

namespace GraphPartition.Benchmarks.RealModels;

/// <summary>
/// Draws lines of text with a TrueType font (https://learn.microsoft.com/typography/opentype/spec/): the outlines of <c>glyf</c>, found by
/// <c>cmap</c> format 4, set side by side without kerning. Enough for models that read text.
/// </summary>
internal sealed class TrueTypeFont
{
    private const int Oversampling = 4;
    private readonly byte[] _data;
    private readonly Dictionary<string, int> _tables = [];
    private readonly int _ascent, _descent, _metrics;
    private readonly bool _isLongIndex;

    /// <summary>Reads a font file.</summary>
    public TrueTypeFont(string path)
    {
        _data = File.ReadAllBytes(path);
        for (int i = 0; i < U16(4); i++)
            _tables[System.Text.Encoding.ASCII.GetString(_data, 12 + 16 * i, 4)] = (int)U32(12 + 16 * i + 8);
        _isLongIndex = I16(_tables["head"] + 50) == 1;
        (_ascent, _descent) = (I16(_tables["hhea"] + 4), I16(_tables["hhea"] + 6));
        _metrics = U16(_tables["hhea"] + 34);
    }

    /// <summary>Draws a line.</summary>
    /// <param name="text">The text.</param>
    /// <param name="height">The height of the picture in pixels.</param>
    /// <returns>The share of each pixel that ink covers, by row and column.</returns>
    public float[,] Draw(string text, int height)
    {
        double scale = height * 0.8 / (_ascent - _descent), baseline = height * 0.1 + _ascent * scale;
        double x = height * 0.25;
        var edges = new List<(double X0, double Y0, double X1, double Y1)>();
        foreach (char c in text)
        {
            int glyph = GlyphOf(c);
            Outline(glyph, x, baseline, scale, 0, 0, edges);
            x += U16(_tables["hmtx"] + 4 * Math.Min(glyph, _metrics - 1)) * scale;
        }
        return Fill(edges, (int)Math.Ceiling(x + height * 0.25), height);
    }

    private static float[,] Fill(List<(double X0, double Y0, double X1, double Y1)> edges, int width, int height)
    {
        var picture = new float[height, width];
        var crossings = new List<(double X, int Winding)>();
        for (int line = 0; line < height * Oversampling; line++)
        {
            double y = (line + 0.5) / Oversampling;
            crossings.Clear();
            foreach ((double x0, double y0, double x1, double y1) in edges)
                if (y0 <= y != y1 <= y) crossings.Add((x0 + (y - y0) / (y1 - y0) * (x1 - x0), y1 > y0 ? 1 : -1));
            crossings.Sort();
            int winding = 0;
            for (int i = 0; i + 1 < crossings.Count; i++)
            {
                winding += crossings[i].Winding;
                if (winding == 0) continue;
                for (int column = Math.Max(0, (int)crossings[i].X); column < Math.Min(width, crossings[i + 1].X); column++)
                    picture[line / Oversampling, column] += (float)(Math.Max(0, Math.Min(column + 1, crossings[i + 1].X)
                        - Math.Max(column, crossings[i].X)) / Oversampling);
            }
        }
        return picture;
    }

    private int GlyphOf(char c)
    {
        int cmap = _tables["cmap"];
        for (int i = 0; i < U16(cmap + 2); i++)
        {
            int at = cmap + (int)U32(cmap + 4 + 8 * i + 4);
            if (U16(at) != 4) continue;
            int segments = U16(at + 6) / 2, ends = at + 14, starts = ends + 2 * segments + 2, deltas = starts + 2 * segments,
                offsets = deltas + 2 * segments;
            for (int s = 0; s < segments; s++)
            {
                if (U16(ends + 2 * s) < c) continue;
                if (U16(starts + 2 * s) > c) return 0;
                int offset = U16(offsets + 2 * s);
                if (offset == 0) return (c + U16(deltas + 2 * s)) & 0xFFFF;
                int glyph = U16(offsets + 2 * s + offset + 2 * (c - U16(starts + 2 * s)));
                return glyph == 0 ? 0 : (glyph + U16(deltas + 2 * s)) & 0xFFFF;
            }
        }
        return 0;
    }

    private void Outline(
        int glyph, double x, double baseline, double scale, int dx, int dy, List<(double X0, double Y0, double X1, double Y1)> edges)
    {
        int loca = _tables["loca"];
        int from = _isLongIndex ? (int)U32(loca + 4 * glyph) : 2 * U16(loca + 2 * glyph);
        int to = _isLongIndex ? (int)U32(loca + 4 * glyph + 4) : 2 * U16(loca + 2 * glyph + 2);
        if (from == to) return; // a space
        int at = _tables["glyf"] + from, contours = I16(at);
        if (contours < 0)
        {
            Composite(at + 10, x, baseline, scale, dx, dy, edges);
            return;
        }
        int ends = at + 10, flags = ends + 2 * contours + 2 + U16(ends + 2 * contours);
        int points = U16(ends + 2 * contours - 2) + 1;
        var kinds = new byte[points];
        for (int i = 0; i < points;)
        {
            byte flag = _data[flags++];
            int repeats = (flag & 8) != 0 ? _data[flags++] + 1 : 1;
            while (repeats-- > 0) kinds[i++] = flag;
        }
        int[] xs = Coordinates(kinds, 2, 16, ref flags), ys = Coordinates(kinds, 4, 32, ref flags);
        for (int c = 0, first = 0; c < contours; c++)
        {
            int last = U16(ends + 2 * c);
            Contour([.. Enumerable.Range(first, last - first + 1).Select(i =>
                ((kinds[i] & 1) != 0, x + (xs[i] + dx) * scale, baseline - (ys[i] + dy) * scale))], edges);
            first = last + 1;
        }
    }

    private void Composite(
        int at, double x, double baseline, double scale, int dx, int dy, List<(double X0, double Y0, double X1, double Y1)> edges)
    {
        int flags;
        do
        {
            flags = U16(at);
            int glyph = U16(at + 2);
            bool areWords = (flags & 1) != 0;
            (int ox, int oy) = areWords ? (I16(at + 4), I16(at + 6)) : ((sbyte)_data[at + 4], (sbyte)_data[at + 5]);
            at += 4 + (areWords ? 4 : 2) + ((flags & 8) != 0 ? 2 : (flags & 0x40) != 0 ? 4 : (flags & 0x80) != 0 ? 8 : 0);
            Outline(glyph, x, baseline, scale, dx + ox, dy + oy, edges);
        }
        while ((flags & 0x20) != 0);
    }

    private int[] Coordinates(byte[] kinds, int isShort, int isSame, ref int at)
    {
        var all = new int[kinds.Length];
        for (int i = 0, value = 0; i < all.Length; i++)
        {
            if ((kinds[i] & isShort) != 0) value += (kinds[i] & isSame) != 0 ? _data[at++] : -_data[at++];
            else if ((kinds[i] & isSame) == 0)
            {
                value += I16(at);
                at += 2;
            }
            all[i] = value;
        }
        return all;
    }

    /// <summary>A contour of points on and off the curve; between two points off it lies one on it.</summary>
    private static void Contour((bool On, double X, double Y)[] points, List<(double X0, double Y0, double X1, double Y1)> edges)
    {
        var full = new List<(bool On, double X, double Y)>();
        for (int i = 0; i < points.Length; i++)
        {
            var (next, point) = (points[(i + 1) % points.Length], points[i]);
            full.Add(point);
            if (!point.On && !next.On) full.Add((true, (point.X + next.X) / 2, (point.Y + next.Y) / 2));
        }
        int start = full.FindIndex(p => p.On);
        var at = full[start];
        for (int i = 1; i <= full.Count; i++)
        {
            var point = full[(start + i) % full.Count];
            if (point.On)
            {
                edges.Add((at.X, at.Y, point.X, point.Y));
                at = point;
                continue;
            }
            var end = full[(start + ++i) % full.Count];
            const int Pieces = 6;
            var before = at;
            for (int k = 1; k <= Pieces; k++)
            {
                double t = (double)k / Pieces, a = (1 - t) * (1 - t), b = 2 * t * (1 - t), c = t * t;
                var piece = (true, a * before.X + b * point.X + c * end.X, a * before.Y + b * point.Y + c * end.Y);
                edges.Add((at.X, at.Y, piece.Item2, piece.Item3));
                at = piece;
            }
        }
    }

    private int U16(int at) => BinaryPrimitives.ReadUInt16BigEndian(_data.AsSpan(at));

    private int I16(int at) => BinaryPrimitives.ReadInt16BigEndian(_data.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32BigEndian(_data.AsSpan(at));
}
