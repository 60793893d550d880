using GraphPartition.Serving.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Serving;

/// <summary>
/// Loads the models before the server listens, watches their folders, and drains when the host stops: first the server is not ready any
/// more, then it closes its connections, then the models finish what they have.
/// </summary>
internal sealed partial class ModelHost(ModelRepository models, ServingOptions options, ILogger<ModelHost> log)
    : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    /// <exception cref="ModelException">GP5047: no model could be loaded, and none can be loaded later.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await models.LoadAllAsync();
        bool canChange = options.AllowModelControl || options.Poll is not null;
        if (!canChange && !models.Ready.Any()) throw ServingCodes.NotLoaded.Error(string.Join(", ", options.Models), models.WhyNoneIsReady);
        if (options.Poll is { } interval) _watching = WatchAsync(interval);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        models.IsDraining = true;
        await _stop.CancelAsync();
        if (options.DrainDelay > TimeSpan.Zero)
            await Task.Delay(options.DrainDelay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _watching;
        await models.CloseAsync().WaitAsync(cancellationToken);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stop.Dispose();

    /// <summary>A model is loaded when its files have not changed for one interval: a copy that goes on is not read.</summary>
    private async Task WatchAsync(TimeSpan interval)
    {
        Dictionary<string, string> loaded = Fingerprints(), seen = loaded;
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    Dictionary<string, string> now = Fingerprints();
                    foreach (ModelPlace place in models.Places())
                        if (now.GetValueOrDefault(place.Name) is { } print && print == seen.GetValueOrDefault(place.Name)
                            && print != loaded.GetValueOrDefault(place.Name))
                        {
                            loaded[place.Name] = print;
                            await models.TryLoadAsync(place);
                        }
                    foreach (string gone in loaded.Keys.Except(now.Keys).ToArray())
                    {
                        loaded.Remove(gone);
                        await models.UnloadAsync(gone);
                    }
                    seen = now;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or ModelException)
                {
                    LogNotRead(e.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private Dictionary<string, string> Fingerprints() => models.Places().ToDictionary(p => p.Name, p => p.Fingerprint());

    [LoggerMessage(LogLevel.Warning, "the folders of models could not be read: {Reason}")]
    private partial void LogNotRead(string reason);
}
