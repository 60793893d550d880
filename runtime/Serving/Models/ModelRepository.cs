using System.Globalization;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Serving.Models;

/// <summary>
/// The models that are served. Requests read an immutable table; a load replaces an entry of it, and the old versions drain beside the
/// new ones. Loads go one after the other.
/// </summary>
internal sealed partial class ModelRepository(ServingOptions options, ModelLoader loader, ILogger<ModelRepository> log) : IDisposable
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private readonly HashSet<Task> _retiring = [];
    private ImmutableSortedDictionary<string, ServedModel> _models =
        ImmutableSortedDictionary.Create<string, ServedModel>(StringComparer.Ordinal);

    /// <summary>All models that are known.</summary>
    public IEnumerable<ServedModel> Models => _models.Values;

    /// <summary>The versions that are ready.</summary>
    public IEnumerable<ModelVersion> Ready => Models.SelectMany(m => m.Versions.Values);

    /// <summary>The faults of all models.</summary>
    public string WhyNoneIsReady => _models.IsEmpty ? "there is no model" : string.Join("\n", Models.Select(m => $"{m.Name}: {Reasons(m)}"));

    /// <summary>Whether the server does not take new work, because it stops.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Whether all known models have a version that is ready.</summary>
    public bool IsReady => !IsDraining && Models.All(m => !m.Versions.IsEmpty || IsUnloaded(m));

    /// <summary>A version for a request, which gives it back (<see cref="ModelVersion.Release"/>).</summary>
    /// <param name="name">The model.</param>
    /// <param name="version">The version; empty: the newest one that is ready.</param>
    /// <exception cref="ModelException">It is not known (GP5041), or not ready (GP5042).</exception>
    public ModelVersion Lease(string name, string version)
    {
        while (true)
        {
            ModelVersion found = Find(name, version);
            if (found.TryLease()) return found; // else it was replaced at this moment
        }
    }

    /// <summary>A version, without a lease: for what needs no session.</summary>
    /// <exception cref="ModelException">It is not known (GP5041), or not ready (GP5042).</exception>
    public ModelVersion Find(string name, string version)
    {
        if (!_models.TryGetValue(name, out ServedModel? model))
            throw ServingCodes.UnknownModel.Error($"model '{Short(name)}'", "there is no such model" + NearNames.Hint(name, _models.Keys));
        if (version.Length == 0)
            return model.Versions.IsEmpty ? throw NotReady(model, 0) : model.Versions.Last().Value;
        if (long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            if (model.Versions.TryGetValue(number, out ModelVersion? found)) return found;
            if (model.Faults.ContainsKey(number)) throw NotReady(model, number);
        }
        throw ServingCodes.UnknownModel.Error($"model '{name}'", $"it has no version '{Short(version)}'; it has "
            + string.Join(", ", model.Versions.Keys.Concat(model.Faults.Keys.Where(v => v > 0)).Distinct().Order()));
    }

    /// <summary>Loads all models. One that fails is listed with the reason.</summary>
    public async Task LoadAllAsync()
    {
        foreach (ModelPlace place in Places()) await TryLoadAsync(place).ConfigureAwait(false);
    }

    /// <summary>Loads a model, or loads it again. Requests are served meanwhile by the versions that were loaded before.</summary>
    /// <exception cref="ModelException">It is not known (GP5041), or no version could be loaded (GP5047).</exception>
    public async Task LoadAsync(string name)
    {
        ModelPlace place = Places().FirstOrDefault(p => p.Name == name)
            ?? throw ServingCodes.UnknownModel.Error($"model '{Short(name)}'", "the folders of models have no such model");
        ServedModel model = await LoadAsync(place).ConfigureAwait(false);
        if (model.Faults.Count > 0) throw ServingCodes.NotLoaded.Error($"model '{name}'", Reasons(model));
    }

    /// <summary>Loads a model; what fails is in the index and in the log.</summary>
    public async Task TryLoadAsync(ModelPlace place)
    {
        ServedModel model = await LoadAsync(place).ConfigureAwait(false);
        if (model.Faults.Count > 0) LogNotLoaded(place.Name, Reasons(model));
    }

    /// <summary>Takes a model out of service. Requests that run are answered.</summary>
    /// <exception cref="ModelException">GP5041: it is not known.</exception>
    public async Task UnloadAsync(string name)
    {
        await _loading.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_models.TryGetValue(name, out ServedModel? model))
                throw ServingCodes.UnknownModel.Error($"model '{Short(name)}'", "there is no such model");
            Publish(ServedModel.Unloaded(name, Unloaded), model);
            LogUnloaded(name);
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Takes all models out of service and waits for the requests that run.</summary>
    public async Task CloseAsync()
    {
        IsDraining = true;
        foreach (string name in _models.Keys) await UnloadAsync(name).ConfigureAwait(false);
        Task[] retiring;
        lock (_retiring) retiring = [.. _retiring];
        await Task.WhenAll(retiring).ConfigureAwait(false);
    }

    public void Dispose() => _loading.Dispose();

    /// <summary>The models on the disk.</summary>
    public IEnumerable<ModelPlace> Places() => ModelPlace.All(options);

    private const string Unloaded = "unloaded";

    private static bool IsUnloaded(ServedModel model) => model.Faults.ContainsValue(Unloaded);

    private async Task<ServedModel> LoadAsync(ModelPlace place)
    {
        await _loading.WaitAsync().ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Load(place)).ConfigureAwait(false);
        }
        finally
        {
            _loading.Release();
        }
    }

    private ServedModel Load(ModelPlace place)
    {
        ServedModel? before = _models.GetValueOrDefault(place.Name);
        var versions = ImmutableSortedDictionary.CreateBuilder<long, ModelVersion>();
        var faults = ImmutableSortedDictionary.CreateBuilder<long, string>();
        try
        {
            ModelOptions own = place.OptionsFile is { } file ? options.Defaults.With(file) : options.Defaults;
            if (place.Versions.IsEmpty) faults[0] = "its folder has no version with a model file (NAME/1/model.onnx)";
            foreach ((long number, string path) in place.Versions.TakeLast(own.Versions))
                try
                {
                    versions[number] = loader.Load(place.Name, number, path, own);
                }
                catch (Exception e) when (e is ModelException or EnvironmentException or OnnxRuntimeException or IOException)
                {
                    faults[number] = e.Message;
                }
        }
        catch (Exception e) when (e is ModelException or IOException)
        {
            faults[0] = e.Message;
        }
        // If nothing could be loaded, what was served before is served on.
        var after = new ServedModel(place.Name, versions.Count == 0 && before is not null ? before.Versions : versions.ToImmutable(),
            faults.ToImmutable());
        Publish(after, before);
        return after;
    }

    private void Publish(ServedModel after, ServedModel? before)
    {
        _models = _models.SetItem(after.Name, after);
        foreach (ModelVersion version in before?.Versions.Values ?? [])
            if (!after.Versions.ContainsValue(version)) Retire(version);
    }

    private void Retire(ModelVersion version)
    {
        Task retiring = version.RetireAsync();
        lock (_retiring) _retiring.Add(retiring);
        retiring.ContinueWith(done =>
        {
            lock (_retiring) _retiring.Remove(done);
        }, TaskScheduler.Default);
    }

    private static string Reasons(ServedModel model) =>
        string.Join("\n", model.Faults.Select(f => f.Key == 0 ? f.Value : $"version {f.Key}: {f.Value}"));

    private static ModelException NotReady(ServedModel model, long version) => ServingCodes.NotReady.Error(
        $"model '{model.Name}'", version > 0 ? model.Faults[version] : Reasons(model));

    private static string Short(string text) => text.Length <= 100 ? text : text[..100] + "...";

    [LoggerMessage(LogLevel.Error, "could not load {Model}: {Reason}")]
    private partial void LogNotLoaded(string model, string reason);

    [LoggerMessage(LogLevel.Information, "unloaded {Model}")]
    private partial void LogUnloaded(string model);
}
