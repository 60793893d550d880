using System.Security.Cryptography;
using System.Text;
using GraphPartition.Quantization.Measuring;

namespace GraphPartition.Quantization.Calibration;

/// <summary>The histograms of a calibration and how many samples they have, in a file.</summary>
internal sealed class CalibrationState
{
    private readonly string? _path;
    private readonly byte[] _key;

    /// <summary>Opens or starts a state.</summary>
    /// <param name="path">The file; null: nothing is kept.</param>
    /// <param name="groups">The tensors.</param>
    /// <param name="parts">The parts of the samples; null: one.</param>
    /// <param name="runner">The samples; with <paramref name="session"/> it identifies the model by its tensors on the first one.</param>
    /// <param name="session">The model.</param>
    /// <exception cref="ModelException">GP3210: the file belongs to another calibration, or is none.</exception>
    public CalibrationState(
        string? path, ImmutableArray<ImmutableArray<Value>> groups, SampleParts? parts, ISampleRunner runner, ISampleSession session)
    {
        Histograms = [.. groups.Select(_ => MagnitudeHistogram.Parts(parts?.Count ?? 1))];
        (_path, _key) = (path, []);
        if (path is null) return;
        _key = KeyOf(groups, parts?.Key, runner, session);
        if (!File.Exists(path)) return;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(InputFile.Read(path, File.ReadAllBytes)));
            if (!reader.ReadBytes(_key.Length).AsSpan().SequenceEqual(_key)) throw new InvalidDataException("it has another key");
            Done = reader.ReadInt32();
            foreach (MagnitudeHistogram histogram in Histograms.SelectMany(h => h)) histogram.Read(reader);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw QuantizationCodes.OtherState.Error(path, e.Message);
        }
    }

    /// <summary>For each group the histograms of the parts.</summary>
    public ImmutableArray<ImmutableArray<MagnitudeHistogram>> Histograms { get; }

    /// <summary>How many samples they have.</summary>
    public int Done { get; set; }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Write()
    {
        if (_path is null) return;
        AtomicFile.Write(_path, stream =>
        {
            using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
            writer.Write(_key);
            writer.Write(Done);
            foreach (MagnitudeHistogram histogram in Histograms.SelectMany(h => h)) histogram.Write(writer);
        });
    }

    private static byte[] KeyOf(ImmutableArray<ImmutableArray<Value>> groups, string? parts, ISampleRunner runner, ISampleSession session)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string names = string.Join('\n', groups.Select(g => string.Join('\t', g.Select(v => v.Name))));
        hash.AppendData(Encoding.UTF8.GetBytes($"{runner.Count} {parts}\n{names}"));
        if (session.Run(0, [0], ImmutableDictionary<string, TensorData>.Empty) is [{ } first]) hash.AppendData(first.Bytes.Span);
        return hash.GetHashAndReset();
    }
}
