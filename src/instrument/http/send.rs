//! Sends a request and times its phases.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::answer::Answer;
use super::connect::{self, Reached, micros};
use super::error::{HttpError, Moment};
use super::exchange::{Exchange, Protocol};
use super::request::Request;
use super::tee::{Log, Tee};
use super::{http1, http2};

impl Request<'_> {
    /// Sends the request and waits for the answer.
    pub async fn send(&self) -> Exchange {
        let begin = Instant::now();
        let mut exchange = Exchange::default();
        exchange.failure = match connect::reach(self, &mut exchange).await {
            Ok(reached) => self.converse(reached, &mut exchange).await.err(),
            Err(error) => Some(error),
        };
        exchange.phases.total_us = micros(begin.elapsed());
        exchange
    }

    async fn converse(&self, reached: Reached, exchange: &mut Exchange) -> Result<(), HttpError> {
        let Reached { stream, protocol } = reached;
        exchange.protocol = Some(protocol);
        let begin = Instant::now();
        let (log, mut answer) = (
            Log::new(begin, protocol, self.limits.frames),
            Answer::default(),
        );
        let stream = Tee::new(stream, log.clone());
        let until = self.timeouts.by(self.answer);
        let ended = match protocol {
            Protocol::Http1 => timeout_at(until, http1::converse(self, stream, &mut answer)).await,
            Protocol::Http2 => timeout_at(until, http2::converse(self, stream, &mut answer)).await,
        };
        let took = begin.elapsed();
        let times = log.times();
        let phases = &mut exchange.phases;
        phases.send_us = times.sent.map(micros);
        phases.wait_us = since(times.first, times.sent);
        let given_up = HttpError::Timeout {
            moment: Moment::Request,
            after_ms: took.as_millis() as u64,
        };
        let ended = ended.unwrap_or(Err(given_up));
        if ended.is_ok() {
            phases.receive_us = since(Some(took), times.first);
        }
        let moment = match (&answer.head, times.sent) {
            (Some(_), _) => Moment::Body,
            (None, Some(_)) => Moment::Head,
            (None, None) => Moment::Request,
        };
        exchange.head = answer.head;
        exchange.body = answer.body.finish();
        exchange.trailers = answer.trailers;
        exchange.frames = log.frames();
        ended.map_err(|error| error.at(moment))
    }
}

fn since(end: Option<Duration>, begin: Option<Duration>) -> Option<u64> {
    Some(micros(end?.saturating_sub(begin?)))
}
