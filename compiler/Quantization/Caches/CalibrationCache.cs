using System.Globalization;
using System.Text;

namespace GraphPartition.Quantization.Caches;

/// <summary>
/// TensorRT's calibration cache: a line <c>TRT-VERSION-CALIBRATOR</c>, then <c>NAME: HHHHHHHH</c> for each tensor, the bits of the float32
/// scale as hexadecimal digits, most significant first. The scale is the threshold divided by 127.
/// </summary>
/// <param name="Header">The first line.</param>
/// <param name="Scales">The scale of each tensor.</param>
public sealed record CalibrationCache(string Header, IReadOnlyDictionary<string, float> Scales)
{
    private const string OwnHeader = "TRT-101600-EntropyCalibration2"; // readers look at the form only

    /// <summary>A cache of scales.</summary>
    public static CalibrationCache Of(IEnumerable<KeyValuePair<string, float>> scales) => new(OwnHeader, scales.ToDictionary());

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelException">GP3206: it is no cache, or a scale is not above 0; GP1001: it cannot be read.</exception>
    public static CalibrationCache Read(string path)
    {
        string[] lines = InputFile.Read(path, File.ReadAllLines);
        if (lines is not [var header, ..] || !header.StartsWith("TRT-", StringComparison.Ordinal))
            throw QuantizationCodes.BadCache.Error(path, "its first line does not begin with 'TRT-'");
        var scales = new Dictionary<string, float>();
        for (int i = 1; i < lines.Length; i++)
        {
            if (lines[i].Trim().Length == 0) continue;
            int colon = lines[i].LastIndexOf(": ", StringComparison.Ordinal); // names may have colons and spaces
            string digits = colon < 0 ? "" : lines[i][(colon + 2)..].Trim();
            if (digits.Length != 8 || !uint.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint bits))
                throw QuantizationCodes.BadCache.Error($"{path}:{i + 1}", $"'{lines[i]}' is not NAME: and 8 hex digits");
            float scale = BitConverter.UInt32BitsToSingle(bits);
            if (!float.IsFinite(scale) || scale <= 0)
                throw QuantizationCodes.BadCache.Error($"{path}:{i + 1}", $"the scale of '{lines[i][..colon]}' is {scale}");
            scales[lines[i][..colon]] = scale;
        }
        return new(header, scales);
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    public void Write(string path) => AtomicFile.Write(path, stream =>
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach ((string name, float scale) in Scales)
            text.Append(CultureInfo.InvariantCulture, $"{name}: {BitConverter.SingleToUInt32Bits(scale):x8}\n");
        stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
    });
}
